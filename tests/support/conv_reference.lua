--- Convolutions as their definition says, one multiplication at a time.

local reference = {}

local function zeros(n)
  local list = {}
  for i = 1, n do
    list[i] = 0
  end
  return list
end

--- Calls visit(xi, wi, yi) (1-based places) for each product of a conv2d.
-- s: n c h w out oh ow kh kw sh sw dh dw pt pl groups
local function products2d(s, visit)
  local cg, og = s.c // s.groups, s.out // s.groups
  for i = 0, s.n - 1 do
    for o = 0, s.out - 1 do
      for oy = 0, s.oh - 1 do
        for ox = 0, s.ow - 1 do
          local yi = ((i * s.out + o) * s.oh + oy) * s.ow + ox + 1
          for c = 0, cg - 1 do
            local plane = (i * s.c + o // og * cg + c) * s.h
            for ky = 0, s.kh - 1 do
              local iy = oy * s.sh + ky * s.dh - s.pt
              for kx = 0, s.kw - 1 do
                local ix = ox * s.sw + kx * s.dw - s.pl
                if iy >= 0 and iy < s.h and ix >= 0 and ix < s.w then
                  local wi = ((o * cg + c) * s.kh + ky) * s.kw + kx + 1
                  visit((plane + iy) * s.w + ix + 1, wi, yi)
                end
              end
            end
          end
        end
      end
    end
  end
end

--- The same for a conv1d: n t c ot out k stride dilation pad groups len (list)
local function products1d(s, visit)
  local cg, og = s.c // s.groups, s.out // s.groups
  for i = 0, s.n - 1 do
    local len = s.len and s.len[i + 1] or s.t
    for o = 0, s.ot - 1 do
      for k = 0, s.k - 1 do
        local step = o * s.stride + k * s.dilation - s.pad
        if step >= 0 and step < len then
          for u = 0, s.out - 1 do
            for c = 0, cg - 1 do
              visit((i * s.t + step) * s.c + u // og * cg + c + 1,
                (u * cg + c) * s.k + k + 1, (i * s.ot + o) * s.out + u + 1)
            end
          end
        end
      end
    end
  end
end

--- y, dx, dw, db from x, w, b, dy; bias_of(yi) is the place of y's bias.
local function all(products, bias_of, s, x, w, b, dy)
  local y, dx, dw, db = zeros(#dy), zeros(#x), zeros(#w), zeros(b and #b or 0)
  products(s, function(xi, wi, yi)
    y[yi] = y[yi] + x[xi] * w[wi]
    dx[xi] = dx[xi] + w[wi] * dy[yi]
    dw[wi] = dw[wi] + x[xi] * dy[yi]
  end)
  for yi = 1, b and #y or 0 do
    local o = bias_of(yi)
    y[yi] = y[yi] + b[o]
    db[o] = db[o] + dy[yi]
  end
  return y, dx, dw, db
end

function reference.conv2d(s, x, w, b, dy)
  return all(products2d, function(yi)
    return (yi - 1) // (s.oh * s.ow) % s.out + 1
  end, s, x, w, b, dy)
end

function reference.conv1d(s, x, w, b, dy)
  return all(products1d, function(yi)
    return (yi - 1) % s.out + 1
  end, s, x, w, b, dy)
end

return reference
