-- lrrun predict -o: each kind of output read again beside the document of --json; rows keep their
-- places; pipes, folders and files of any length.

local files = require "support.files"
local json = require "lrrun.record.json"
local program = require "support.program"

local folder, model

local function write(name, text)
  return files.write(folder, name, text)
end

-- `before` stands before lrrun; gives exit code, stdout, stderr.
local function run(args, before)
  return program.run_in(folder, args, before)
end

local function good(args, before)
  local code, out, err = run(args, before)
  assert.equal(0, code, err)
  return out, err
end

local function read(name)
  local file <close> = assert(io.open(folder .. "/" .. name, "rb"))
  return file:read "a"
end

local function train(text)
  write("r.lua", text)
  return json.decode((good "--json r.lua --quiet")).run
end

local function lines(text)
  local out = {}
  for line in text:gmatch "([^\n]*)\n" do
    out[#out + 1] = line
  end
  return out
end

local function split(line, by)
  local out = {}
  for field in (line .. by):gmatch("([^" .. by .. "]*)" .. by) do
    out[#out + 1] = field
  end
  return out
end

-- As 32-bit floats, which answers are.
local function real(x)
  return (("<f"):unpack(("<f"):pack(tonumber(x))))
end

-- A table of texts and numbers; every 7th row misses something.
local function rows(n, seed)
  local out = { "id,size,colour,note,kind" }
  for i = 1, n do
    local red = (i * (seed or 7)) % 5 < 2
    out[i + 1] = ("%d,%s, %s,\"a \"\"%d\"\", b\",%s"):format(i, i % 7 == 0 and "" or i % 9 / 4,
      red and "red" or "blue", i % 3, red and "o,ne" or i % 4 > 1 and "two" or "three")
      :gsub("o,ne$", '"o,ne"')
  end
  return table.concat(out, "\n") .. "\n"
end

local function probabilities(document, i, names)
  local by, row = {}, {}
  for _, item in ipairs(document.predictions[i].top) do
    by[item.label] = item.probability
  end
  for j, name in ipairs(names) do
    row[j] = by[name]
  end
  return row
end

setup(function()
  folder = files.folder()
  write("t.csv", rows(120))
  model = train [[return recipe {
    data = data.csv { "t.csv", target = "kind", columns = { id = "ignore", note = "ignore" },
      val = 0.25, batch = 7 },
    model = nn.sequential { nn.linear(6), nn.tanh(), nn.linear(3) },
    optimizer = optim.adam { lr = 0.05 }, epochs = 3 }]]
  write("in.csv", rows(40, 3))
end)

teardown(function()
  os.execute("rm -rf " .. program.quote(folder))
end)

local NAMES = { "o,ne", "three", "two" }
local HEADER = 'label,probability,"p_o,ne",p_three,p_two'

describe("a file of predictions", function()
  it("has label, probability and all probabilities, as the document says", function()
    local document = json.decode((good("predict " .. model .. " --input in.csv --json")))
    assert.equal("out.csv: 40 rows\n", (good("predict " .. model .. " --input in.csv -o out.csv")))
    local got = lines(read "out.csv")
    assert.equal(41, #got)
    assert.equal(HEADER, got[1])
    for i = 1, 40 do
      local want = document.predictions[i]
      local label = want.label == "o,ne" and '"o,ne"' or want.label
      assert.equal(label .. ",", got[i + 1]:sub(1, #label + 1))
      local fields = split(got[i + 1]:sub(#label + 2), ",")
      assert.equal(want.probability, real(fields[1]))
      for j, p in ipairs(probabilities(document, i, NAMES)) do
        assert.equal(p, real(fields[j + 1]))
      end
    end
  end)

  it("is the same as JSON lines and as an array", function()
    local document = json.decode((good("predict " .. model .. " --input in.csv --json")))
    good("predict " .. model .. " --input in.csv -o out.jsonl --keep note,id")
    good("predict " .. model .. " --input in.csv -o out.npy")
    local got, array = lines(read "out.jsonl"), read "out.npy"
    assert.equal(40, #got)
    assert.equal(128 + 40 * 3 * 4, #array)
    assert.matches("'descr': '<f4', 'fortran_order': False, 'shape': %(40, 3%)", array)
    for i = 1, 40 do
      local row, want = json.decode(got[i]), probabilities(document, i, NAMES)
      assert.equal(document.predictions[i].label, row.label)
      assert.equal(tostring(i), row.id)
      assert.equal(('a "%d", b'):format(i % 3), row.note)
      assert.equal(1, got[i]:find '{"note":"a \\"')
      for j, name in ipairs(NAMES) do
        assert.equal(want[j], real(row["p_" .. name]))
        assert.equal(want[j], (("<f"):unpack(array, 129 + ((i - 1) * 3 + j - 1) * 4)))
      end
    end
  end)

  it("keeps the input's columns before the answers, byte for byte", function()
    good("predict " .. model .. " --input in.csv -o all.csv --keep")
    good("predict " .. model .. " --input in.csv --keep colour,note -o some.csv")
    local whole, some, input = lines(read "all.csv"), lines(read "some.csv"), lines(read "in.csv")
    assert.equal(input[1] .. "," .. HEADER, whole[1])
    assert.equal("colour,note," .. HEADER, some[1])
    local plain = lines((good("predict " .. model .. " --input in.csv -o -")))
    for i = 2, 41 do
      assert.equal(input[i] .. "," .. plain[i], whole[i])
      local colour, note = input[i]:match '^[^,]*,[^,]*, (%a+),(".*"),'
      if input[i]:find '"o,ne"$' then
        note = input[i]:match '^[^,]*,[^,]*, %a+,(".*"),"o,ne"$'
      end
      assert.equal(colour .. "," .. note .. "," .. plain[i], some[i])
    end
    local code, _, err = run("predict " .. model .. " --input in.csv -o x.csv --keep kolour")
    assert.equal(2, code)
    assert.matches("^lrrun: %-%-keep names no column 'kolour'; did you mean 'colour'%?", err)
  end)

  it("says a name twice in no header, and keeps the file's own delimiter", function()
    write("s.csv", "label;size;colour\n\"a;b\";1.5;red\n\"c;d\";2;blue\n")
    good("predict " .. model .. " --input s.csv -o s_out.csv --keep")
    local got = lines(read "s_out.csv")
    assert.equal("label;size;colour;predicted_label;probability;p_o,ne;p_three;p_two", got[1])
    assert.matches("^\"c;d\";2;blue;", got[3])
  end)

  it("has a line for each row, also one that cannot be used, and counts", function()
    local input = lines(rows(6))
    input[3] = "7,8,red,x,two,9"
    input[4] = '3,1e99, red,"x",two'
    input[5] = '4,big, green,"x",two'
    input[6] = '5,2, blue,"x",nix,'
    input[7] = "6,2"
    write("bad.csv", table.concat(input, "\n") .. "\n")
    local out, err = good("predict " .. model .. " --input bad.csv -o - --keep id,size")
    local got = lines(out)
    assert.equal(7, #got)
    assert.equal("7,8,,,,,", got[3])
    assert.equal("3,1e99,,,,,", got[4])
    assert.matches("^4,big,[^,]", got[5])
    assert.matches("^5,2,[^,]", got[6])
    assert.matches("^6,2,[^,]", got[7])
    assert.matches("bad%.csv: 1 row ends before the last column %(the first in line 7%), 2 values "
      .. "missing %(numbers become the training mean, no category is "
      .. "set%), of these 1 text where numbers or dates are wanted, 1 text that the training data "
      .. "have not %('green'; no category is set%), 1 row of too many fields left out "
      .. "%(line 3 has 6, want 5%), 1 row with a number that is not finite left out %(the first "
      .. "in line 4%)", err)
    local text, quiet = good("predict " .. model .. " --input bad.csv --json")
    local document = json.decode(text)
    assert.equal("", quiet)
    assert.equal(6, document.n)
    assert.equal(4, document.answered)
    assert.same({ shorts = 1, missing = 2, unfit = 1, unseen = 1, width = 1, infinite = 1 },
      document.counts)
    assert.equal("a number that is not finite", document.predictions[3].skipped)
    assert.matches("2  %- %(more fields than", (good("predict " .. model
      .. " --input bad.csv")))
    good("predict " .. model .. " --input bad.csv -o bad.npy")
    local x = ("<f"):unpack(read "bad.npy", 129 + 3 * 4)
    assert.is_true(x ~= x)
  end)

  it("is the same from a pipe, gzip, another number of threads, and in pieces", function()
    local text = rows(9000, 3)
    write("long.csv", text)
    write("short.csv", table.concat(lines(text), "\n", 1, 8191 + 1) .. "\n")
    good("predict " .. model .. " --input long.csv -o a.csv --threads 1")
    local want = read "a.csv"
    assert.equal(want, (good("predict " .. model .. " --input - -o - --threads 2",
      "cat long.csv |")))
    assert.equal(want, (good("predict " .. model .. " --input - -o -", "gzip -c long.csv |")))
    os.execute(("gzip -k %s/long.csv"):format(folder))
    assert.equal(want, (good("predict " .. model .. " --input long.csv.gz -o -")))
    good("predict " .. model .. " --input short.csv -o b.csv") -- whole batches of the same
    assert.equal(read "b.csv", want:sub(1, #read "b.csv"))
    local document = json.decode((good("predict " .. model .. " --input long.csv --json")))
    assert.equal(9000, #document.predictions)
    assert.equal(9000, document.n)
    local last = lines(want)[9001]
    assert.equal(document.predictions[9000].probability, real(last:match ",([%d.e-]+),[^o]"))
  end)

  it("is whole or not there", function()
    local before = "LRRUN_FAULT=write:1:ENOSPC:sticky"
    local code, _, err = run("predict " .. model .. " --input long.csv -o f/gone.csv", before)
    assert.equal(2, code)
    assert.matches("there is no such folder", err)
    code, _, err = run("predict " .. model .. " --input long.csv -o gone.csv", before)
    assert.equal(1, code)
    assert.matches("^lrrun: cannot write gone%.csv: No space left on device", err)
    assert.is_nil(io.open(folder .. "/gone.csv"))
    local list = io.popen(("ls -A %s"):format(folder)):read "a"
    assert.is_nil(list:find(".tmp", 1, true))
    code, _, err = run("predict " .. model .. " --input long.csv -o - >/dev/full")
    assert.equal(1, code)
    assert.matches("cannot write to stdout: No space left", err)
  end)

  it("of numbers has them by the target's name, in its units", function()
    local out = { "x,y" }
    for i = 1, 60 do
      out[i + 1] = ("%g,%g"):format(i / 30, 200 * i / 30 + 1000)
    end
    write("line.csv", table.concat(out, "\n") .. "\n")
    local of = train [[return recipe { data = data.csv { "line.csv", val = 0.2 },
      model = nn.linear(1), optimizer = optim.adam { lr = 0.1 }, epochs = 200 }]]
    write("x.csv", "x,note\n1,a\n1e99,b\n2,c\n")
    local text = lines((good("predict " .. of .. " --input x.csv -o -")))
    local document = json.decode((good("predict " .. of .. " --input x.csv --json")))
    assert.equal("y", text[1])
    assert.equal(document.predictions[1].values[1], tonumber(text[2]))
    assert.equal('""', text[3]) -- an empty line would be none
    assert.equal(document.predictions[3].values[1], tonumber(text[4]))
    text = lines((good("predict " .. of .. " --input line.csv -o - --keep")))
    assert.equal("x,y,predicted_y", text[1])
  end)

  it("names the file of each picture, in folders of folders, in the order of paths", function()
    for i, name in ipairs { "set/dark/1.png", "set/dark/2.png", "set/light/1.png" } do
      write(name, files.png(2, 1, 1, string.char(10 * i, i == 3 and 250 or 20)))
    end
    local of = train [[return recipe { data = data.images { "set", channels = 1 }, epochs = 1,
      model = nn.sequential { nn.flatten(), nn.linear(2) }, optimizer = optim.sgd { lr = 0.05 } }]]
    local png = files.png(4, 2, 1, ("\20"):rep(8))
    for _, name in ipairs { "in/b/x.png", "in/a.png", "in/b/c,d.JPG.png", "in/.hidden.png" } do
      write(name, png)
    end
    write("in/a-broken.png", png:sub(1, 40))
    write("in/notes.txt", "no picture")
    local out, err = good("predict " .. of .. " --input in -o -")
    local got = lines(out)
    assert.equal("file,label,probability,p_dark,p_light", got[1])
    assert.equal("a-broken.png,,,,", got[2])
    assert.matches("^a%.png,%a+,0%.", got[3])
    assert.matches('^"b/c,d%.JPG%.png",%a+,', got[4])
    assert.matches("^b/x%.png,", got[5])
    assert.equal(5, #got)
    assert.matches("in: 1 of 4 files cannot be read and are left out: in/a%-broken%.png", err)
    assert.matches("in: 1 file of other kinds left out", err)
    out, err = good("predict " .. of .. " --input in") -- the reason stands in its row alone
    assert.matches("^a%-broken%.png +%- %(in/a%-broken%.png: broken PNG", out)
    assert.matches("in: 1 of 4 files cannot be read and are left out\n", err)
    local document = json.decode((good("predict " .. of .. " --input in --json")))
    assert.equal("b/x.png", document.predictions[4].file)
    assert.matches("a%-broken", document.predictions[1].skipped)
    assert.is_nil(err:find("broken = ", 1, true)) -- a key of recipes
    for input, want in pairs { ["in"] = "in is a folder; the model takes tables",
      ["in/a.png"] = "in/a.png is a picture; the model takes tables" } do
      local code, _, why = run("predict " .. model .. " --input " .. input)
      assert.equal(2, code)
      assert.truthy(why:find("lrrun: --input " .. want, 1, true), why)
    end
  end)

  it("of texts has a line for each line, row or file", function()
    local out = { "id,message,kind" }
    for i = 1, 60 do
      out[i + 1] = ("%d,\"%s film, so it is\",%s"):format(i, i % 2 == 0 and "fine" or "poor",
        i % 2 == 0 and "good" or "bad")
    end
    write("films.csv", table.concat(out, "\n") .. "\n")
    local of = train [[return recipe {
      data = data.text { "films.csv", text = "message", label = "kind", val = 0.2 },
      model = nn.sequential { nn.embedding(4), nn.gru(4), nn.linear(2) },
      optimizer = optim.adam { lr = 0.05 }, clip = { norm = 5 }, epochs = 10 }]]
    write("new.csv", "id,message\n7,\"fine\nfilm\"\n8\n9,poor\n")
    local got = good("predict " .. of .. " --input new.csv -o - --keep")
    assert.matches('^id,message,label,probability,p_bad,p_good\n7,"fine\nfilm",good,', got)
    assert.matches("\n8,,,,,\n9,poor,bad,", got)
    write("new.txt", "fine film\n\npoor\n")
    local text, err = good("predict " .. of .. " --input new.txt -o - --keep")
    text = lines(text)
    assert.equal("text,label,probability,p_bad,p_good", text[1])
    assert.matches("^fine film,good,", text[2])
    assert.equal(",,,,", text[3])
    assert.matches("^poor,bad,", text[4])
    assert.matches("new%.txt: 1 empty line without an answer", err)
    for name, packed in pairs {
      ["new.txt.gz"] = files.gzip "fine film\n\npoor\n",
      ["le.txt"] = "\xff\xfe" .. ("fine film\r\n\r\npoor"):gsub(".", "%0\0"),
      ["be.txt"] = "\xfe\xff" .. ("fine film\n\npoor\n"):gsub(".", "\0%0"),
      ["mark.txt"] = "\xef\xbb\xbffine film\n\npoor\n",
    } do
      write(name, packed)
      assert.same(text, lines((good("predict " .. of .. " --input " .. name .. " -o - --keep"))))
    end
    write("texts/x/1.txt", "poor")
    write("texts/a.txt", "fine\nfilm\n")
    text = lines((good("predict " .. of .. " --input texts -o -")))
    assert.matches("^a%.txt,good,", text[2])
    assert.matches("^x/1%.txt,bad,", text[3])
  end)

  it("refuses what it cannot hold or would write over", function()
    for _, case in ipairs {
      { "-o x.txt", "its name ends in .txt; want .csv, .jsonl or .npy" },
      { "-o x", "its name does not say what it holds" },
      { "-o in.csv", "is what --input reads" },
      { "-o x.npy --keep", "--keep wants a table" },
      { "--keep id", "give its name with -o FILE" },
      { "-o - --json", "both want the standard output" },
      { "-o x.csv --keep id,,b", "--keep takes names of columns with commas between them" },
    } do
      local code, _, err = run("predict " .. model .. " --input in.csv " .. case[1])
      assert.equal(2, code, case[1])
      assert.truthy(err:find(case[2], 1, true), err)
    end
  end)
end)

describe("what -o names", function()
  local function refused(args, want)
    local code, out, err = run(args)
    assert.equal(2, code)
    assert.equal("", out)
    assert.matches(want, err, 1, true)
  end

  -- Of numbers the header of the answers may be that of the data, so only their paths tell.
  it("is never the run's data, by whatever path", function()
    local text = "a,y\n" .. ("1,0.5\n2,1.5\n3,2.5\n4,3.5\n"):rep(5)
    write("own.csv", text)
    write("own_val.csv", text)
    write("new.csv", "a\n1\n")
    assert(os.execute(("ln -sf own.csv %s/linked.csv"):format(folder)))
    local trained = train [[
return recipe { data = data.csv { train = "own.csv", val = "own_val.csv", target = "y", batch = 4 },
  model = nn.sequential { nn.linear(1) }, optimizer = optim.sgd { lr = 0.01 }, epochs = 1 }]]
    for _, name in ipairs { "own.csv", "./own.csv", "own_val.csv", "linked.csv",
      folder .. "/own.csv" } do
      refused(("predict %s --input new.csv -o %s"):format(trained, name), name
        .. ", which is data of the run")
    end
    assert.equal(text, read "own.csv")
    assert.equal(text, read "own_val.csv")
  end)

  it("is written again where it has answers, and else stays as it is", function()
    local function predicted(flags)
      good("predict " .. model .. " --input in.csv " .. flags)
    end
    for _, ending in ipairs { "csv", "jsonl", "npy" } do
      local name = "again." .. ending
      predicted("-o " .. name)
      local before = read(name)
      predicted("-o " .. name)
      assert.equal(before, read(name))
    end
    predicted "-o again.csv --keep note,id"
    predicted "-o again.csv"
    predicted "-o again.jsonl --keep id"
    write("empty.csv", "")
    predicted "-o empty.csv"
    local others = { csv = "id,label\n1,a\n", jsonl = '{"epoch":1}\n',
      npy = "\x93NUMPY\1\0" .. ("x"):rep(300) }
    for ending, text in pairs(others) do
      local name = "other." .. ending
      write(name, text)
      refused(("predict %s --input in.csv -o %s"):format(model, name),
        "would write over " .. name .. ", which holds no answers of this model")
      assert.equal(text, read(name))
    end
    refused(("predict %s --input in.csv -o %s/metrics.csv"):format(model, model), "no answers")
  end)
end)
