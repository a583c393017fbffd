--- What the keys of data.images make of a picture, for the native module: the same for training,
--- for evaluation and for what a trained model is applied to. Layer: data.

local counted = require "lrrun.util.counted"

local picture_fit = {}

-- {height, width} of a key that takes one number for both.
local function both(x)
  if type(x) == "table" then
    return x[1], x[2]
  end
  return x, x
end

local function with_crop(out, o)
  if o.crop then
    out.crop_height, out.crop_width = both(o.crop)
  end
  return out
end

--- Options of a data set's constructor as those of images:dataset.
---@param o table
---@return table
function picture_fit.of(o)
  local out = { channels = o.channels, stored = o.exif == false, skip = o.broken == "skip" }
  if o.size then
    out.resize, out.height, out.width = "blocks", o.size[1], o.size[2]
  elseif o.resize then
    out.resize = type(o.resize) == "table" and "exact" or "shorter"
    out.height, out.width = both(o.resize)
  end
  return with_crop(out, o)
end

--- The same for other pictures: whatever their size, they become samples of `shape`. Where the
--- recipe says no way to do so, it is that of lrrun 1.0.
---@param o table options of a constructor of data, which may know no pictures
---@param shape integer[] channels, height, width
---@return table
function picture_fit.model(o, shape)
  local out = { channels = shape[1], stored = o.exif == false }
  if o.crop then
    out.resize = picture_fit.of(o).resize
    out.height, out.width = both(o.resize or o.size)
    return with_crop(out, o)
  end
  out.resize = o.resize and "exact" or "blocks"
  out.height, out.width = shape[2], shape[3]
  return out
end

--- What has become of the files, in lines behind those of `notes`.
---@param told table as images:dataset gives it
---@param notes string[]
function picture_fit.say(told, notes)
  if told.turned > 0 then
    notes[#notes + 1] = ("%s turned as %s EXIF orientation says; exif = false leaves %s as stored")
      :format(counted(told.turned, "picture"), told.turned == 1 and "its" or "their",
        told.turned == 1 and "it" or "them")
  end
  if told.deep > 0 then
    notes[#notes + 1] = ("%s of 16 bits: the upper 8 are taken"):format(counted(told.deep,
      "picture"))
  end
  if told.broken > 0 then
    notes[#notes + 1] = ("broken = \"skip\" left out %s: %s%s"):format(counted(told.broken, "file"),
      table.concat(told.why, "; "), told.broken > #told.why
        and ("; and %d more"):format(told.broken - #told.why) or "")
  end
end

return picture_fit
