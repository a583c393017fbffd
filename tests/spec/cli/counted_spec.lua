local counted = require "lrrun.util.counted"

describe("what is counted", function()
  it("is one, or several", function()
    assert.equal("1 row", counted(1, "row"))
    assert.equal("0 rows", counted(0, "row"))
    assert.equal("2 rows", counted(2.0, "row"))
    assert.equal("1 class", counted("1", "class", "classes"))
    assert.equal("1,000 classes", counted("1,000", "class", "classes"))
    assert.equal("0.5 epochs", counted("0.5", "epoch"))
  end)
end)
