--- Reading records from files that anybody may have written: a plain file of a bounded size,
--- inside its folder, in its form, as its descriptor says (schema.lua), and as it was sealed.
--
-- A descriptor for this has also: form = "yaml" or "json" (with indents), most = bytes that
-- are read, sealed = true where lrrun ends it with its checksum (seal.lua); its keys then have
-- `sha256` and, where a part of its text is whole in itself, `sealed`. Layer: record.

local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local seal = require "lrrun.record.seal"
local yaml = require "lrrun.record.yaml"

local stored = {}

--- The path of a file of a folder, or nil where there is none; raises where it is a link that
--- leads out of the folder, or no plain file.
---@param folder string
---@param name string "checkpoints/step-1.safetensors"
---@param kind string? "file" (default) or "dir"
---@return string?
function stored.path(folder, name, kind)
  local path = folder .. "/" .. name
  local what = file.kind(path)
  if not what then
    return nil
  end
  local home, real = file.real(folder), file.real(path)
  if not home or not real then
    error(("%s cannot be opened, or is a link that leads nowhere"):format(path), 0)
  elseif real ~= (home == "/" and "" or home) .. "/" .. name then
    error(("%s is a link to %s: links out of a folder are not followed; put the file itself there")
      :format(path, real), 0)
  elseif what ~= (kind or "file") then
    error(("%s is no plain %s"):format(path, kind == "dir" and "folder" or "file"), 0)
  end
  return path
end

--- The text of a file of a folder, or nil where there is none. Raises what is wrong.
---@param folder string
---@param name string
---@param most integer bytes
---@return string?
function stored.text(folder, name, most)
  local path = stored.path(folder, name)
  if not path then
    return nil
  end
  local text, why = file.read(path, most)
  return text or error(why, 0)
end

local DECODE = { yaml = yaml.decode, json = json.decode }

--- The record in a text, checked. Raises "PATH: ..." with what is wrong. Gives also whether
--- its seal holds: true, or nil where it has none; a broken one is raised unless `broken` is
--- true, then it is false.
---@param desc table
---@param text string
---@param path string
---@param broken boolean?
---@return table, boolean?
function stored.decode(desc, text, path, broken)
  local ok, value = pcall(DECODE[desc.form], text)
  if not ok then
    desc:fail(path, tostring(value))
  end
  local out = desc:check(value, path)
  local holds
  if desc.sealed and (out.sha256 or out.sealed) then
    holds = seal.holds(text, desc.form) or false
    if not holds and not broken then
      desc:fail(path, out.sha256 and "was changed since lrrun wrote it: its checksum 'sha256' "
        .. "differs" or "is cut: its last line, 'sha256', is missing")
    end
  end
  out.sha256, out.sealed = nil, nil
  return out, holds
end

--- The record in a file of a folder, or nil where there is none. Raises what is wrong.
---@param desc table
---@param folder string
---@param name string
---@return table?
function stored.read(desc, folder, name)
  local text = stored.text(folder, name, desc.most)
  if not text then
    return nil
  end
  return (stored.decode(desc, text, folder .. "/" .. name))
end

return stored
