-- A few of the damaged studies of `make damage`.

describe("A damaged study", function()
  it("ends in its table or in words", function()
    local failed = {}
    require "damage.studies"(12, 1, 500, {
      pass = function() end,
      fail = function(...)
        failed[#failed + 1] = string.format(...)
      end,
    })
    assert.same({}, failed)
  end)
end)
