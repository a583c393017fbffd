--- The draft for pictures in a folder for each class: their sizes and colours decide what they are
--- resized to and how deep the network is. Layer: draft.

local code = require "lrrun.draft.code"
local data = require "lrrun.data"
local file = require "lrrun.native.file"
local outputs = require "lrrun.draft.outputs"

local pictures = {}

local LOOKED_AT = 24 -- pictures of a folder whose sizes are read
local HEAD = 65536 -- bytes in which a picture says its size

-- Kinds of PNG without colours.
local GREY = { [0] = true, [4] = true }

-- Height, width, whether without colours, of a PNG; nil of what is none.
local function png(head)
  if head:sub(1, 8) ~= "\x89PNG\r\n\26\n" or #head < 26 then
    return nil
  end
  local w, h, _, kind = (">I4I4BB"):unpack(head, 17)
  return h, w, GREY[kind] == true
end

-- The same of a JPEG: its frame header, behind other segments.
local function jpeg(head)
  local at = 3
  while head:sub(1, 2) == "\xff\xd8" and at + 9 <= #head do
    local mark, kind, length = (">BBI2"):unpack(head, at)
    if mark ~= 0xff then
      return nil
    elseif kind >= 0xc0 and kind <= 0xcf and kind ~= 0xc4 and kind ~= 0xc8 and kind ~= 0xcc then
      local h, w, n = (">I2I2B"):unpack(head, at + 5)
      return h, w, n == 1
    end
    at = at + 2 + length
  end
  return nil
end

-- Sizes of some pictures: { low, high = of shorter sides, same, grey, n }.
local function look(paths)
  local out = { low = math.huge, high = 0, same = true, grey = true, n = 0 }
  for _, path in ipairs(paths) do
    local from <close> = file.open(path)
    local head = from and from:read(0, math.min(from:size(), HEAD)) or ""
    local h, w, grey = png(head)
    if not h then
      h, w, grey = jpeg(head)
    end
    if h and h > 0 and w > 0 then
      local side = math.min(h, w)
      out.same = out.same and (out.n == 0 or out.h == h and out.w == w)
      out.h, out.w, out.n = h, w, out.n + 1
      out.low, out.high = math.min(out.low, side), math.max(out.high, side)
      out.grey = out.grey and grey
    end
  end
  out.grey = out.grey and out.n > 0
  return out
end

-- The side that pictures are resized to; nil where they are small and of one size.
local function side_of(sizes)
  if sizes.n > 0 and sizes.same and math.max(sizes.h, sizes.w) <= 64 then
    return nil
  end
  return sizes.low < 48 and 32 or 64
end

local CONV = "    nn.conv2d { %d, kernel = 3, padding = 1 }, nn.batchnorm(), nn.relu(),"

-- Convolutions down to a few pixels.
---@param side integer of pictures, the shorter one
---@param d table
---@return string[]
function pictures.model(side, d)
  local lines = { "  -- Each line halves the picture and has more channels; more lines see more.",
    "  model = nn.sequential {" }
  local width = 16
  while side >= 8 and width <= 64 do
    lines[#lines + 1] = CONV:format(width) .. " nn.maxpool2d(2),"
    side, width = side // 2, width * 2
  end
  lines[#lines + 1] = CONV:format(math.min(width, 64))
  lines[#lines + 1] = "    nn.global_avgpool(), nn.dropout(0.2),"
  lines[#lines + 1] = outputs.last(d)
  lines[#lines + 1] = "  },"
  return lines
end

-- The lines of data = data.images { ... }.
local function data_lines(subject, side, grey, has_val)
  local out = { "  data = data.images {", ("    %s, -- a folder for each class, beside this file%s")
    :format(code.text(subject.name), subject.folder and ", or in the folder of --data" or "") }
  local function add(fmt, ...)
    out[#out + 1] = fmt:format(...)
  end
  if side then
    add("    resize = { %d, %d }, -- height and width that all are made", side, side)
  end
  if grey then
    add "    channels = 1, -- grey; 3 is red, green and blue"
  end
  add "    -- augment = { flip = true, crop = 4 }, -- mirrored and shifted at random"
  add "    batch = 32, -- pictures in an update"
  if not has_val then
    add "    val = 0.2, -- share of the pictures that is not trained on, and tells how good it is"
  end
  add "  },"
  return out
end

--- The draft. paths: of some of the pictures.
---@param subject table
---@param paths string[]
---@param has_val boolean a folder of its own validates
function pictures.draft(subject, paths, has_val)
  local sizes = look(paths)
  local side = side_of(sizes)
  local d = data.images { subject.name, batch = 32, val = not has_val and 0.2 or nil,
    resize = side and { side, side } or nil, channels = sizes.grey and 1 or nil }:open {
    seed = 1, recipe_dir = subject.root }
  local epochs = d.n < 500 and 30 or d.n < 5000 and 15 or 8
  return { data = data_lines(subject, side, sizes.grey, has_val),
    model = pictures.model(side or math.min(sizes.h, sizes.w), d),
    loss = outputs.loss(d), metrics = outputs.metrics(d), lr = "3e-3", epochs = epochs,
    about = ("%s has %s of %s (%s)."):format(code.name(subject.name), code.count(d.n, "picture"),
      code.count(d.classes, "class"), code.names(d.class_names, 6)),
    said = { ("%s of %s: %s%s"):format(code.count(d.n, "picture"), code.count(d.classes, "class"),
      code.names(d.class_names, 6), side and ("; all are made %d by %d (resize in the recipe)")
        :format(side, side) or "") },
    facts = { kind = "pictures", samples = d.n, classes = d.classes, batch = 32,
      epochs = epochs } }
end

pictures.LOOKED_AT = LOOKED_AT

return pictures
