--- data.images: folders of PNG and JPEG files. Layer: data.
--
-- What a file holds is what Pillow reads of it (readers/image.h): the way up that its EXIF
-- says, in red, green, blue or grey. Sizes: picture_fit.lua; folders: picture_folders.lua.

local common = require "lrrun.data.common"
local errors = require "lrrun.util.errors"
local input = require "lrrun.data.input"
local parts = require "lrrun.data.parts"
local picture_cache = require "lrrun.data.picture_cache"
local picture_fit = require "lrrun.data.picture_fit"
local picture_folders = require "lrrun.data.picture_folders"
local pictures = require "lrrun.native.images"
local stored = require "lrrun.data.stored"

local function check_pair(o, fail, key)
  if type(o[key]) == "table" and #o[key] ~= 2 then
    fail(key, "has %d number%s, want {height, width}", #o[key], #o[key] == 1 and "" or "s")
  end
end

local function check_shares(o, fail)
  for _, x in ipairs(o.mean or {}) do
    if x < 0 or x > 1 then
      fail("mean", "has %g, want shares of the brightest value, 0 to 1 (of 255: divide by it)", x)
    end
  end
  for _, x in ipairs(o.std or {}) do
    if not (x > 0 and x <= 1) then
      fail("std", "has %g, want shares of the brightest value, above 0 to 1", x)
    end
  end
end

local function check_scale(o, fail)
  if (o.mean == nil) ~= (o.std == nil) then
    fail(o.mean and "mean" or "std", "wants '%s' beside it", o.mean and "std" or "mean")
  end
  for _, key in ipairs { "mean", "std" } do
    if o[key] and #o[key] ~= o.channels then
      fail(key, "has %d number%s, want one for each of %d channel%s", #o[key],
        #o[key] == 1 and "" or "s", o.channels, o.channels == 1 and "" or "s")
    end
  end
  check_shares(o, fail)
  if o.mean and o.normalize ~= true then
    fail("mean", "is given beside normalize = %s", errors.show(o.normalize))
  end
end

local function check(o, fail)
  parts.check("folder", o, fail)
  if o.channels == 2 then
    fail("channels", "is 2, want 1 or 3")
  elseif o.size and o.resize then
    fail("size", "is given beside 'resize': give one of them")
  end
  for _, key in ipairs { "size", "resize", "crop" } do
    check_pair(o, fail, key)
  end
  check_scale(o, fail)
end

-- Means and factors of bytes where the recipe gives them as shares of 255.
local function scale_of(o)
  if not o.mean then
    return nil
  end
  local means, factors = {}, {}
  for c = 1, o.channels do
    means[c], factors[c] = o.mean[c] * 255, 1 / (o.std[c] * 255)
  end
  return { means, factors }
end

local function native(self, ctx)
  local notes = { said_from = 1 }
  local box <close> = pictures.new()
  picture_folders.add(self, ctx, box, notes)
  local how = picture_fit.of(self.opts)
  how.stream = stored.of(self.opts)
  how.cache = picture_cache.folder(self.opts)
  local out, told = box:dataset(how)
  picture_fit.say(told, notes)
  stored.say(out, self.opts, notes)
  picture_cache.say(out, told, self.opts, notes)
  notes.given_scale = scale_of(self.opts)
  return out, notes
end

local SIDE = { min = 1, max = 16384 }

local function side(key, kinds, doc)
  return { key, kinds, of = "integer", min = SIDE.min, max = SIDE.max, doc = doc }
end

local images = common.constructor {
  name = "data.images",
  doc = "PNG and JPEG files (also CMYK, progressive, palettes, 16 bits: their upper 8; alpha is "
    .. "dropped) in a folder for each class, or in train, val and test folders of such. Pictures "
    .. "are turned as their EXIF orientation says. Values are those that Pillow gives.",
  positional = { "folder" },
  keys = parts.with(parts.keys("folder", "beside the recipe or in the data folder", "folder",
    "pictures"), {
    { "channels", "integer", min = 1, max = 3, default = 3,
      doc = "3: colour, 1: grey (of colours 0.299 R + 0.587 G + 0.114 B)" },
    side("resize", { "integer", "list" }, "{height, width} that all are resized to, or a number: "
      .. "what their shorter side becomes; as Pillow's and torchvision's (bilinear with "
      .. "antialiasing). Without it all have one size"),
    side("crop", { "integer", "list" }, "side or {height, width} of the middle that is kept; "
      .. "augment = { crop = n } moves training pictures at random"),
    side("size", "list", "as resize = {height, width} by the coarser filter of 1.0"),
    { "mean", "list", of = "number",
      doc = "of each channel, as a share of 255, in place of the training split's: "
        .. "{0.485, 0.456, 0.406} for ImageNet" },
    { "std", "list", of = "number", doc = "its deviations: {0.229, 0.224, 0.225} for ImageNet" },
    { "broken", "string", choices = { "error", "skip" }, default = "error",
      doc = "a file that is no sound picture is an error, or is left out and named" },
    { "stream", "boolean", doc = "true: pictures stay in their files or, once they are decoded, "
      .. "on the disk (cache), with the same figures; false: they are in memory; default: true "
      .. "where they take more than half of --memory" },
    picture_cache.KEY,
    { "exif", "boolean", default = true, doc = "false: pictures stay as they are stored" },
  }),
  normalize = true,
  images = true,
  check = check,
  native = native,
  input = input.images,
}

return { images = images }
