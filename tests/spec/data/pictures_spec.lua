-- What a picture file holds: as Pillow reads it (tests/golden/pictures/make_pictures.py),
-- turned as its EXIF says, resized and cropped.

local data = require "lrrun.data"
local files = require "support.files"
local json = require "lrrun.record.json"
local pictures = require "lrrun.native.images"

local folder = files.folder()

-- Bytes of a picture, plane by plane, as hexadecimal digits; its height and width.
local function read(bytes, opts)
  local box <close> = pictures.new()
  box:add_file(files.write(folder, "x", bytes))
  local d, told = box:dataset(opts or { channels = 3 })
  local shape = d:info().shape
  d:split { seed = 1 }
  local out = {}
  for i, v in ipairs(d:loader({ batch = 1, seed = 1 }):next().x:values()) do
    out[i] = ("%02x"):format(math.floor(v * 255 + 0.5))
  end
  return table.concat(out), shape[2], shape[3], told
end

local function golden()
  local f <close> = assert(io.open("tests/golden/pictures/pictures.json", "rb"))
  return json.decode(f:read "a")
end

local function find_case(name)
  for _, case in ipairs(golden()) do
    if case.name == name then
      return case
    end
  end
  error("no such case: " .. name)
end

-- A directory of TIFF in either byte order ("<" or ">"): entries { tag, type, count, value as it
-- stands }.
local function tiff(order, entries, first, count)
  local out = { order == "<" and "II*\0" or "MM\0*", string.pack(order .. "I4", first or 8),
    string.pack(order .. "I2", count or #entries) }
  for _, e in ipairs(entries) do
    out[#out + 1] = string.pack(order .. "I2I2I4", e[1], e[2], e[3])
    out[#out + 1] = (e[4] .. "\0\0\0\0"):sub(1, 4)
  end
  return table.concat(out) .. "\0\0\0\0"
end

local function orientation(order, n)
  return tiff(order, { { 0x10f, 2, 3, "ab\0" }, { 0x112, 3, 1, string.pack(order .. "I2", n) } })
end

-- A grey PNG of 3 x 2 pixels 1 to 6 with a chunk of EXIF.
local function png_with(exif)
  local png = files.png(3, 2, 1, "\1\2\3\4\5\6")
  local chunk = string.pack(">I4", #exif) .. "eXIf" .. exif
    .. string.pack(">I4", files.crc32("eXIf" .. exif))
  return png:sub(1, 33) .. chunk .. png:sub(34)
end

local function jpeg_with(jpeg, segments)
  local out = { jpeg:sub(1, 2) }
  for _, body in ipairs(segments) do
    out[#out + 1] = "\xff\xe1" .. string.pack(">I2", #body + 2) .. body
  end
  return table.concat(out) .. jpeg:sub(3)
end

describe("a picture", function()
  it("has the pixels that Pillow reads, in colour and in grey", function()
    for _, case in ipairs(golden()) do
      local bytes = files.unhex(case.file)
      local rgb, h, w = read(bytes)
      assert.same({ case.h, case.w, case.rgb }, { h, w, rgb }, case.name)
      assert.equal(case.grey, (read(bytes, { channels = 1 })), case.name)
    end
  end)

  it("is resized as Pillow does, to a grey level", function()
    -- Equal but where Pillow 13 resizes columns first: rounding between the passes differs then.
    local worst = {}
    for _, case in ipairs(golden()) do
      local to = case.resized
      if to then
        local got, most = read(files.unhex(case.file),
          { channels = 3, resize = "exact", height = to.h, width = to.w }), 0
        for i = 1, #to.rgb, 2 do
          most = math.max(most, math.abs(tonumber(got:sub(i, i + 1), 16)
            - tonumber(to.rgb:sub(i, i + 1), 16)))
        end
        assert.equal(#to.rgb, #got)
        worst[#worst + 1] = most
      end
    end
    assert.same({ 0, 1, 0, 0, 0, 1 }, worst)
  end)

  it("of 16 bits gives the upper 8, which is told", function()
    local png = files.png(2, 1, 1, "\xab\xcd\x01\xff", 16)
    local grey, _, _, told = read(png, { channels = 1 })
    assert.equal("ab01", grey)
    assert.equal(1, told.deep)
  end)

  it("is turned as its EXIF says, in either byte order", function()
    local want = { -- of 1 2 3 / 4 5 6: height, width, pixels; by hand
      { 2, 3, "010203040506" }, { 2, 3, "030201060504" }, { 2, 3, "060504030201" },
      { 2, 3, "040506010203" }, { 3, 2, "010402050306" }, { 3, 2, "040105020603" },
      { 3, 2, "060305020401" }, { 3, 2, "030602050104" },
    }
    for i, w in ipairs(want) do
      for _, order in ipairs { "<", ">" } do
        local bytes = png_with(orientation(order, i))
        local grey, height, width, told = read(bytes, { channels = 1 })
        assert.same(w, { height, width, grey }, order .. i)
        assert.equal(i > 1 and 1 or 0, told.turned)
        assert.same(want[1], { 2, 3, (read(bytes, { channels = 1, stored = true })) })
      end
    end
  end)

  it("of JPEG has its EXIF in a segment, the first of that kind", function()
    local case = find_case "JPEG"
    local jpeg, half = files.unhex(case.file), {}
    for at = 1, #case.rgb, case.h * case.w * 2 do -- half a turn: each plane from its end
      local plane = case.rgb:sub(at, at + case.h * case.w * 2 - 1)
      for i = #plane - 1, 1, -2 do
        half[#half + 1] = plane:sub(i, i + 1)
      end
    end
    half = table.concat(half)
    local exif = "Exif\0\0" .. orientation(">", 3)
    assert.equal(half, (read(jpeg_with(jpeg, { exif }))))
    assert.equal(half, (read(jpeg_with(jpeg, { "http://ns.adobe.com/xap/1.0/\0x", exif }))))
    assert.equal(half, (read(jpeg_with(jpeg, { exif, "Exif\0\0" .. orientation(">", 6) }))))
    assert.equal(case.rgb, (read(jpeg:sub(1, -3) .. jpeg_with("\0\0\xff\xd9", { exif }):sub(3))),
      "what follows the scan is not looked at")
  end)

  it("without a word of EXIF is turned as its XMP says", function()
    local case = find_case "JPEG"
    local jpeg, ns = files.unhex(case.file), "http://ns.adobe.com/xap/1.0/\0"
    local function size(...)
      local _, h, w = read(jpeg_with(jpeg, { ... }))
      return h .. " x " .. w
    end
    local six = ns .. '<x tiff:Orientation="6"/>'
    local one = ns .. "<tiff:Orientation>1</tiff:Orientation>"
    assert.equal("9 x 13", size())
    assert.equal("13 x 9", size(six))
    assert.equal("13 x 9", size(one, six))
    assert.equal("9 x 13", size(six, one))
    assert.equal("9 x 13", size("Exif\0\0" .. orientation("<", 1), six))
    assert.equal("13 x 9", size("Exif\0\0" .. tiff("<", {}), six))
    for _, odd in ipairs { "<tiff:Orientation", "tiff:Orientation=", 'tiff:Orientation="', "",
      'tiff:Orientation="x"', 'tiff:Orientation="0"', "tiff:Orientation 6" } do
      assert.equal("9 x 13", size(ns .. odd), odd)
    end
    local png = files.png(3, 2, 1, "\1\2\3\4\5\6")
    local body = "iTXtXML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation=\"3\"/>"
    png = png:sub(1, 33) .. string.pack(">I4", #body - 4) .. body
      .. string.pack(">I4", files.crc32(body)) .. png:sub(34)
    assert.equal("060504030201", (read(png, { channels = 1 })))
  end)

  it("stays as it is stored where its EXIF makes no sense", function()
    local six = string.pack("<I2", 6)
    local cases = {
      "", "II*\0", "II*\0\8\0\0\0", "JJ*\0\8\0\0\0\1\0", ("Exif\0\0"):rep(3),
      orientation("<", 0), orientation("<", 9), orientation("<", 6):sub(1, -16),
      tiff("<", { { 0x112, 3, 1, six } }, 0xffffffff), tiff("<", { { 0x112, 3, 1, six } }, 9000),
      tiff("<", { { 0x112, 3, 2, six } }), tiff("<", { { 0x112, 2, 1, six } }),
      tiff("<", { { 0x112, 77, 1, six } }), tiff("<", { { 0x112, 3, 0, six } }),
      tiff("<", { { 0x112, 3, 0xffffffff, six } }), tiff("<", {}, 8, 65535),
      tiff("<", { { 0x10f, 2, 20, "\xff\xff\xff\xff" }, { 0x112, 3, 1, six } }), -- lies outside
      tiff(">", { { 0x112, 3, 1, six } }), -- 6 in the other order is 1536
    }
    for i, exif in ipairs(cases) do
      assert.equal("010203040506", (read(png_with(exif), { channels = 1 })), i)
    end
    assert.equal("040105020603", (read(png_with(tiff("<", { { 0x112, 3, 1, six } }, 8, 65535)),
      { channels = 1 })), "more entries are said than there are")
  end)

  it("may lack what is behind its pixels, but none of these", function()
    local png = files.png(3, 2, 1, "\1\2\3\4\5\6")
    assert.equal("010203040506", (read(png:sub(1, -13), { channels = 1 })))
    for _, case in ipairs { find_case "JPEG", find_case "JPEG, progressive" } do
      local jpeg = files.unhex(case.file)
      for cut = 2, #jpeg - 2, 9 do
        assert.truthy(files.failure(read, jpeg:sub(1, -cut)):find("x: broken JPEG (", 1, true))
      end
    end
    for cut = 17, #png - 8 do
      assert.truthy(files.failure(read, png:sub(1, -cut)):find("x: broken PNG (", 1, true))
    end
  end)

  it("of another kind is called by its name", function()
    for bytes, says in pairs {
      ["GIF89a"] = "a GIF", ["BM123456"] = "a BMP", ["RIFF\1\2\3\4WEBPVP8 "] = "a WebP",
      ["II*\0\8\0\0\0"] = "a TIFF", ["<!DOCTYPE html>"] = "a page of HTML or XML",
      ["\0\0\0\24ftypheic"] = "a HEIC", ["version https://git-lfs"] = "a pointer of Git LFS",
    } do
      assert.truthy(files.failure(read, bytes):find("x is neither PNG nor JPEG: by its bytes it is "
        .. says, 1, true), says)
    end
    assert.truthy(files.failure(read, ""):find("neither PNG nor JPEG: it is empty", 1, true))
  end)

  it("that would take all memory is refused", function()
    local png = files.png(2, 1, 1, "\1\2")
    local head = "IHDR" .. string.pack(">I4I4", 30000, 30000) .. png:sub(25, 29)
    local bomb = png:sub(1, 12) .. head .. string.pack(">I4", files.crc32(head)) .. png:sub(34)
    assert.truthy(files.failure(read, bomb):find(
      "x: 30000 x 30000 pixels, the most is 16384 a side and 67108864 in all", 1, true))
    local jpeg = files.unhex(find_case("JPEG").file)
    local at = jpeg:find "\xff\xc0"
    bomb = jpeg:sub(1, at + 4) .. string.pack(">I2I2", 30000, 30000) .. jpeg:sub(at + 9)
    assert.truthy(files.failure(read, bomb):find(
      "x: 30000 x 30000 pixels, the most is 16384 a side and 67108864 in all", 1, true))
  end)
end)

describe("sizes of pictures", function()
  -- Grey, rows of pixels that count from 0.
  local function counting(h, w)
    local out = {}
    for i = 0, h * w - 1 do
      out[#out + 1] = string.char(i)
    end
    return files.png(w, h, 1, table.concat(out))
  end
  local function open(opts)
    opts.folder, opts.channels = folder .. "/sizes", 1
    return data.images(opts):open { seed = 1 }
  end
  local function put(name, h, w)
    files.write(folder, "sizes/" .. name .. ".png", counting(h, w))
  end
  local function first(d)
    local b = d.native:loader({ batch = 1, seed = 1 }):next()
    return b.x:values()
  end

  it("are brought to one by resize and crop", function()
    put("a/1", 6, 4)
    put("b/1", 5, 12)
    assert.same({ 1, 3, 7 }, open({ resize = { 3, 7 } }).shape)
    assert.same({ 1, 3, 3 }, open({ resize = 4, crop = 3 }).shape)
    assert.same({ 1, 2, 4 }, open({ crop = { 2, 4 } }).shape)
    assert.same({ 1, 3, 7 }, open({ size = { 3, 7 } }).shape)
  end)

  it("are cropped in the middle, of an odd rest with an even number before", function()
    local want = { { 4, 5 }, { 3, 5 }, { 2, 6 }, { 2, 6 } } -- first row and column, of 10 x 13
    for i, crop in ipairs { { 2, 3 }, { 4, 3 }, { 7, 1 }, { 5, 2 } } do
      local from = want[i]
      local box <close> = pictures.new()
      box:add_file(files.write(folder, "c.png", counting(10, 13)))
      local d = box:dataset { channels = 1, crop_height = crop[1], crop_width = crop[2] }
      d:split { seed = 1 }
      assert.near(from[1] * 13 + from[2], first({ native = d })[1] * 255, 1e-3)
    end
  end)

  it("that differ are refused with the keys that bring them to one", function()
    local why = files.failure(open, {})
    assert.truthy(why:find("b/1.png is 5 x 12 pixels (height, width), the first is 6 x 4; resize "
      .. "= {6, 4} brings all to one size, resize = 4 and crop = 4 their middle", 1, true), why)
    why = files.failure(open, { resize = 4 })
    assert.truthy(why:find("with its shorter side 4 b/1.png is 4 x 9 pixels (height, width), the "
      .. "first 6 x 4; crop = 4 takes the middle of all", 1, true), why)
    why = files.failure(open, { crop = 5 })
    assert.truthy(why:find("a/1.png is 6 x 4 pixels (height, width) here, less than crop = {5, 5}; "
      .. "resize = 5 brings the shorter side up to it", 1, true), why)
    for _, case in ipairs {
      { { size = { 2, 2 }, resize = 2 }, "'size' is given beside 'resize'" },
      { { resize = { 1, 2, 3 } }, "'resize' has 3 numbers, want {height, width}" },
      { { crop = 0 }, "'crop' is 0" }, { { resize = { 2, 20000 } }, "'resize' item 2 is 20000" },
      { { mean = { 0.5 } }, "'mean' wants 'std' beside it" },
      { { std = { 0.5 } }, "'std' wants 'mean' beside it" },
      { { mean = { 1, 2 }, std = { 1, 1 } }, "'mean' has 2 numbers, want one for each of 1" },
      { { mean = { 120 }, std = { 1 } }, "'mean' has 120, want shares of the brightest value" },
      { { mean = { 0.5 }, std = { 0 } }, "'std' has 0, want shares of the brightest value, above" },
      { { mean = { 0.5 }, std = { 1 }, normalize = false }, "beside normalize = false" },
    } do
      why = files.failure(open, case[1])
      assert.truthy(why:find(case[2], 1, true), why)
    end
  end)

  it("are those of training for other pictures too, with scale and orientation", function()
    local d = open { resize = { 2, 3 }, mean = { 0.25 }, std = { 0.5 } }
    local new = d:input(files.write(folder, "in/1.png", png_with(orientation("<", 3))))
    for i, v in ipairs(first(new)) do
      assert.near(((7 - i) / 255 - 0.25) / 0.5, v, 1e-6)
    end
    d = open { resize = 4, crop = 3 }
    assert.same({ 1, 3, 3 }, d:input(files.write(folder, "in/2.png", counting(20, 12))).shape)
    d = open { resize = { 2, 3 }, exif = false, normalize = false }
    assert.near(1 / 255, first(d:input(folder .. "/in/1.png"))[1], 1e-6)
  end)
end)
