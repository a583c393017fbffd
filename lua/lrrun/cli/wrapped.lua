--- Texts of help in lines that fit a terminal. Layer: cli.

local WIDTH = 92

local wrapped = {}

--- A text of words in lines, behind a word of its own ("": none, and no indent).
---@param out table
---@param head string
---@param text string
function wrapped.line(out, head, text)
  local line = head == "" and "" or "    " .. head
  local indent = (" "):rep(#line)
  for word in text:gmatch "%S+" do
    if #line + #word >= math.min(out:width(), WIDTH) then
      out:print("%s", line)
      line = indent
    end
    line = line .. (line:find "[^ ]$" and " " or "") .. word
  end
  out:print("%s", line)
end

--- A text written in lines: those with columns (spaces in front, or side by side) stay, others are
--- words of a paragraph.
---@param out table
---@param text string
function wrapped.paragraphs(out, text)
  local words = {}
  local function flush()
    if #words > 0 then
      wrapped.line(out, "", table.concat(words, " "))
      words = {}
    end
  end
  for line in text:gmatch "[^\n]+" do
    if line:find "^ " or line:find "%S  +%S" then
      flush()
      out:print("%s", line)
    else
      words[#words + 1] = line
    end
  end
  flush()
end

return wrapped
