--- What a page of HTML has to be, whatever stands on it.

local html = {}

local VOID = { meta = true, img = true }

--- Its tags are shut, and in order; gives how many there are.
---@param page string
---@return integer
function html.check(page)
  local open, count = {}, 0
  page = page:gsub("<style>.-</style>", ""):gsub("<script>.-</script>", "")
  for slash, name, rest in page:gmatch "<(/?)(%a[%w]*)([^>]*)>" do
    count = count + 1
    if slash == "/" then
      local last = table.remove(open)
      assert(last == name, ("</%s> shuts <%s>"):format(name, tostring(last)))
    elseif not VOID[name] and rest:sub(-1) ~= "/" then
      open[#open + 1] = name
    end
  end
  assert(#open == 0, "open: " .. table.concat(open, " "))
  return count
end

--- It runs the page's own script alone, by its digest, and loads nothing.
---@param page string
function html.check_closed(page)
  local _, scripts = page:gsub("<script", "")
  assert(scripts == 1, ("%d scripts"):format(scripts))
  assert(page:find("default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    .. "script-src 'sha256-", 1, true), "no policy")
  local plain = page:gsub("<script>.-</script>", ""):gsub('xmlns="http://www.w3.org/2000/svg"', "")
  assert(not plain:find "https?://", "an address")
  for tag in plain:gmatch "<%a[^>]*>" do
    local bare = tag:gsub('"[^"]*"', '""')
    assert(not bare:find "%son%a+=", tag)
    assert(not tag:find "javascript:", tag)
  end
end

return html
