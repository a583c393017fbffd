local native = require "lrrun.native.record"

describe("base64", function()
  it("is RFC 4648's", function()
    for bytes, text in pairs {
      [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==", fooba = "Zm9vYmE=",
      foobar = "Zm9vYmFy", ["\0\xff\x10"] = "AP8Q",
    } do
      assert.equal(text, native.base64(bytes))
      assert.equal(bytes, native.unbase64(text))
    end
  end)

  it("skips line breaks and refuses the rest", function()
    assert.equal("foobar", native.unbase64 "Zm9v\nYmFy\n")
    for _, text in ipairs { "Z", "Zg", "Zg=", "Zg==Zg==", "Z=g=", "====", "Zm9v YmFy", "Zm9\0" } do
      assert.is_nil(native.unbase64(text))
    end
  end)
end)
