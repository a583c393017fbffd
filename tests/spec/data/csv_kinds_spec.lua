-- Tables as people have them: what each holds is read, or said in a line that names the key.
local data = require "lrrun.data"
local files = require "support.files"
local program = require "support.program"

describe("a table as people have it", function()
  local folder
  setup(function()
    folder = files.folder()
  end)

  local function open(text, opts, name)
    files.write(folder, name or "t.csv", text)
    opts = opts or {}
    opts[1] = name or "t.csv"
    if opts.normalize == nil then
      opts.normalize = false
    end
    return data.csv(opts):open { recipe_dir = folder, seed = 1 }
  end
  local function read(text, opts, name)
    local d = open(text, opts, name)
    local batch = d:loader({ batch = 1000, shuffle = false }):next()
    local x, width, out = batch.x:values(), d.shape[1], {}
    for i = 1, batch.n do
      local row = table.move(x, (i - 1) * width + 1, i * width, 1, {})
      for j, v in ipairs(row) do
        row[j] = ("%.6g"):format(v)
      end
      out[i] = table.concat(row, " ")
    end
    return table.concat(out, "; "), d
  end

  it("has an error where no row of a column is of the kind that the recipe says", function()
    local text = "a,colour,y\n1.5,red,u\n2.5,blue,v\n"
    for _, case in ipairs {
      { { columns = { a = "date" } }, "t.csv: 'columns' takes a as a date, and none of its rows "
        .. "holds one (it holds numbers); dates are 2020-12-31" },
      { { columns = { colour = "number" } }, "takes colour as a number, and none of its rows holds "
        .. "one ('red', 'blue')" },
      { { columns = { y = "number" } }, "takes y as a number" },
      { { columns = { a = "ignroe" } }, "did you mean 'ignore'?" },
      { { delimiter = "spcae" }, "did you mean 'space'?" },
      { { strip = "" }, "'strip' is '', want one character" },
      { { missing_word = { "x" } }, "did you mean 'missing_words'?" },
      { { skip = 1, target = "y" }, "'target' names no column 'y'; the file t.csv has 1, 2, 3, and "
        .. "skip = 1 has left out lines that may have named them" },
    } do
      local ok, err = pcall(open, text, case[1])
      assert.is_false(ok)
      assert.truthy(tostring(err):find(case[2], 1, true), tostring(err))
    end
  end)

  local LATER = ("1; "):rep(30) .. "2; 3; " .. ("1; "):rep(29) .. "1"

  -- { what it is, text, options, the samples, what is said }
  local CASES = {
    { "pandas wrote its index", ",a,y\n0,1.5,u\n1,2.5,v\n2,3.5,u\n", {}, "1.5; 2.5; 3.5",
      "the first column has no name: left out as row names; "
        .. 'columns = { ["Unnamed: 0"] = "number" } uses it' },
    { "the index is wanted all the same", ",a,y\n0,1.5,u\n1,2.5,v\n",
      { columns = { ["Unnamed: 0"] = "number" } }, "0 1.5; 1 2.5" },
    { "R wrote row names in quotes", '"","a","y"\n"r1",1,"u"\n"r2",2,"v"\n', {}, "1; 2",
      "left out as row names" },
    { "R wrote row names without a name for them", "a y\nr1 1 u\nr2 2 v\n",
      { delimiter = "space" }, "1; 2", "left out as row names" },
    { "names are years", "country,2019,2020,y\nFR,1.5,2,u\nDE,2.5,3,v\nIT,3,4,u\n", {},
      "0 1 0 1.5 2; 1 0 0 2.5 3; 0 0 1 3 4" },
    { "names are the columns' numbers", "0,1,2\n1.5,2.5,0\n3.5,4.5,1\n", {},
      "1.5 2.5; 3.5 4.5" },
    { "numbers only have no header", "1,2,0\n3,4,1\n", {}, "1 2; 3 4" },
    { "quotes in tabs", '"a"\t"y"\n"1"\t"u"\n"2"\t"v"\n', {}, "1; 2", nil, "t.tsv" },
    { "a quote that is an inch in tabs", 'a\ty\n1\t5" pipe\n2\t"x\n', {}, "1; 2", nil,
      "t.tsv" },
    { "blanks after commas and around quotes", '"a", "y"\n"1", "u"\n 2 , "v"\n', {}, "1; 2" },
    { "single quotes", "'a','y'\n'1','it''s'\n'2','v'\n", {}, "1; 2" },
    { "names stand twice", "a,a,y\n1,2,u\n3,4,v\n", {}, "1 2; 3 4", "the later ones end in .1" },
    { "ids that double does not tell apart", "id,a,y\n123456789012345678,1,u\n"
      .. "123456789012345679,2,v\n", {}, "1.23457e+17 1; 1.23457e+17 2",
      "id: whole numbers beyond 2^53 such as "
      .. "'123456789012345678' (2 rows) lose their last digits, and some cannot be told apart; "
      .. 'columns = { id = "ignore" } leaves ids out' },
    { "long numbers that double holds", "a,y\n1600000000000000000,u\n1600000001000000000,v\n", {},
      "-5e+08; 5e+08", "a: 1.6000000005e+18 is taken off" },
    { "classes that are such ids", "a,y\n1,123456789012345678\n2,123456789012345679\n", {}, "1; 2",
      'columns = { y = "category" } takes each as a class of its own' },
    { "codes with zeros in front", "zip,y\n01234,u\n98765,v\n", {}, "1234; 98765",
      "zip: leading zeros as in '01234' are dropped (1 row); columns = { zip = \"category\" }" },
    { "classes with zeros in front", 'a,y\n1,"007"\n2,"08"\n', {}, "1; 2",
      "y: leading zeros as in '007' are dropped (2 rows)" },
    { "numbers below what 32 bits hold", "a,y\n1e-50,u\n2e-50,v\n", {}, "0; 0",
      "a: all are below 1.17549e-38" },
    { "months and years", "a,y\nJan 2020,u\nMay-2021,v\n", {}, "1 0; 0 1",
      "a: 'Jan 2020', 'May-2021' are texts here, 2 categories" },
    { "amounts behind a currency's name", "a,y\nUSD 1.5,u\nEUR 2,v\n", {}, "0 1; 1 0",
      "a: 'USD 1.5', 'EUR 2' are texts here" },
    { "quarters", "a,y\nQ1 2020,u\nQ2 2020,v\n", {}, "1 0; 0 1", "are texts here" },
    { "digits of full width", "a,y\n\u{ff11}\u{ff12},u\n\u{ff13},v\n", {}, "1 0; 0 1",
      "are texts here, 2 categories" },
    { "marks here and there", "a,y\n5%,u\n6,v\n7%,u\n", {}, "1 0 0; 0 1 0; 0 0 1",
      "a: numbers with different marks" },
    { "commas at the ends of lines", "a,y\n1,u,\n2,v,\n", {}, "1; 2",
      "2 lines end in a separator too many" },
    { "a comma at the end of the header too", "a,y,\n1,u,\n2,v,\n", { target = "y" }, "1; 2",
      "left out, as nothing is in them: Unnamed: 2" },
    { "the same where no target is given", "a,y,\n1,u,\n2,v,\n", {}, "1; 2",
      "target y, classification" },
    { "a first line that says the separator", "sep=;\na;y\n1;u\n2;v\n", {}, "1; 2" },
    { "lines of comment", "# made by x, y, z\na,y\n1,u\n2,v\n", {}, "1; 2",
      "lines that begin with # are left out" },
    { "a name that begins with #", "#a,y\n1,u\n2,v\n", {}, "1; 2" },
    { "comments of another mark", "a,y\n% no\n1,u\n2,v\n", { comment = "%" }, "1; 2" },
    { "a title", "The data\na,y\n1,u\n2,v\n", { skip = 1 }, "1; 2" },
    { "blanks between fields", " a  b y\n 1  2 u \n3\t4   v\n", { delimiter = "space" },
      "1 2; 3 4" },
    { "tabs and line ends in quotes between tabs",
      '"a"\t"y"\n"1"\t"u\tw"\n"2"\t"v\nw"\r\n\n"3"\t"say ""u"""\n', {}, "1; 2; 3" },
    { "the same behind lines that have none", "a\ty\n" .. ("1\tu\n"):rep(30)
      .. '2\t"v\tw"\n3\t"v\nw"\n' .. ("1\tu\n"):rep(30), {}, LATER },
    { "quotes around what needs none behind them", "a\ty\n" .. ("1\tu\n"):rep(30)
      .. '2\t"v"\n3\t"v"\n' .. ("1\tu\n"):rep(30), {}, LATER, 'classes of train: "v" 3.23 %, u' },
    { "messages that are quoted, and that begin with a quote", "y\ta\n" .. ("u\tx\n"):rep(30)
      .. 'v\t"x"\nv\t"one" two\nv\t"open\n', { target = "y" },
      ("0 0 0 1; "):rep(30) .. "0 0 1 0; 1 0 0 0; 0 1 0 0" },
    { "lines of \\r, and quotes in the last alone", ("a\ty\n" .. ("1\tu\n"):rep(30)
      .. '2\t"v\tw"\n'):gsub("\n", "\r"), {}, ("1; "):rep(30) .. "2" },
    { "inches behind lines that have none", "a\ty\n" .. ("1\tu\n"):rep(30) .. '2\t"v\n3\tv"\n',
      {}, ("1; "):rep(30) .. "2; 3" },
    { "inches between tabs", 'a\ty\n1\t"u\n2\tv"\n3\t6" wide\n', {}, "1; 2; 3" },
    { "inches between tabs, and a row that ends early", 'a\tb\ty\n1\t4\t"u\n2\t5\tv\n3\t6\n', {},
      "1 4; 2 5" },
    { "decimal commas", "a;y\n1,5;u\n-2,25;v\n", { decimal = "," }, "1.5; -2.25" },
    { "decimal commas before more digits than a number has",
      "a;y\n1," .. ("7"):rep(80) .. ";u\n-2,25" .. ("0"):rep(1000) .. ";v\n", { decimal = "," },
      "1.77778; -2.25" },
    { "marks around as many", "a;y\n$1,200.5" .. ("0"):rep(80) .. ";u\n$3;v\n", {},
      "1200.5; 3" },
    { "decimal commas that nobody told of", "a;y\n1,5;u\n-2,25;v\n", {}, "0 1; 1 0",
      'decimal = "," reads them as numbers' },
    { "thousands set apart", "a;y\n1.200,5;u\n12.000.000;v\n",
      { decimal = ",", thousands = "." }, "1200.5; 1.2e+07" },
    { "decimal commas and marks that nobody told of", "a;y\n1,50 \u{20ac};u\n20 \u{20ac};v\n", {},
      "1 0; 0 1", 'decimal = "," reads them as numbers' },
    { "both commas and points", "a;y\n1.200,5;u\n12,25;v\n", {}, "1 0; 0 1",
      'decimal = ",", thousands = "." reads them as numbers' },
    { "days, months and years behind points", "a,y\n31.12.2020,u\n01.02.2021,v\n", {},
      "0 1; 1 0",
      "are texts here, 2 categories in 2 rows; numbers are 1234.5" },
    { "apostrophes between thousands", "a,y\n1'200.5,u\n3'000,v\n12'000,u\n", {},
      "1 0 0; 0 0 1; 0 1 0", 'thousands = "\'" reads them as numbers' },
    { "blanks that do not break lines between thousands", "a,y\n1\u{a0}200,u\n3\u{a0}000,v\n", {},
      "1 0; 0 1", 'thousands = " " reads them as numbers' },
    { "the same that were told of",
      "a,y\n1\u{a0}200,u\n30,v\n1 000\u{202f}000.5,u\n1\u{2009}0,u\n",
      { thousands = " ", columns = { a = "number" } }, "1200; 30; 1e+06; 333744",
      "3 numbers, and '1\u{2009}0' in 1 row" },
    { "times in many rows", "a,y\n12:30,u\n12:45,v\n13:00,u\n", {},
      "1 0 0; 0 1 0; 0 0 1", "'12:30', '12:45', '13:00' are texts here, 3 categories in 3 rows; "
      .. "numbers are 1234.5" },
    { "thousands in quotes", 'a,y\n"1,200",u\n"12,000.5",v\n3,u\n', {}, "1200; 12000.5; 3",
      "numbers with commas between thousands" },
    { "money", "a,y\n$1.50,u\n-$2,v\n$ 3,u\n", {}, "1.5; -2; 3", "numbers with $" },
    { "euros behind", "a;y\n1.50 \u{20ac};u\n2 \u{20ac};v\n", {}, "1.5; 2" },
    { "percent", "a,y\n12%,u\n7.5 %,v\n", {}, "12; 7.5", "numbers with percent signs" },
    { "percent in some rows only", "a,y\n12%,u\n7.5,v\n", {}, "1 0; 0 1",
      'columns = { a = "number" } reads the numbers without their marks' },
    { "dates", "a,y\n2020-02-29,u\n2020-03-01,v\n", {}, "0 2 5; 1 3 6",
      "a: dates, as days, month, weekday" },
    { "dates with times", "a,y\n2020-01-01 06:00,u\n2020-01-02T12:00:00Z,v\n", {},
      "0.25 1 2 6; 1.5 1 3 12" },
    { "dates as texts", "a,y\n2020-02-29,u\n2020-03-01,v\n", { columns = { a = "category" } },
      "1 0; 0 1" },
    { "days before months", "a,y\n31/12/2020,u\n01/02/2021,v\n", {}, "0 1; 1 0",
      "a: '31/12/2020', '01/02/2021' are texts here, 2 categories" },
    { "units", "a,y\n5kg,u\n6kg,v\n", {}, "1 0; 0 1", "dates 2020-12-31; columns = { a = "
      .. '"ignore" } leaves it out, columns = { a = "category" } takes them so without this line' },
    { "signs that are no minus", "a,y\n\u{2212}5,u\n(6),v\n", {}, "0 1; 1 0", "are texts here" },
    { "31 April is no date", "a,y\n2020-04-31,u\n2020-04-30,v\n", {}, "0 1; 1 0" },
    { "a few words among numbers",
      "a,y\n" .. ("1,u\n3,v\n"):rep(5) .. "unknown,u\n", {},
      ("1; 3; "):rep(5) .. "2", "10 numbers, and 'unknown' in 1 row (line 12): taken as missing" },
    { "such words as texts", "a,y\n" .. ("1,u\n"):rep(10) .. "unknown,v\n",
      { columns = { a = "category" } }, ("1 0; "):rep(10) .. "0 1" },
    { "another word for missing", "a,y\n1,u\nnix,v\n3,u\n", { missing_words = { "nix" } },
      "1; 2; 3", "a: 1 missing, set to the training mean" },
    { "numbers that mean missing", "a,y\n1,u\n-999,v\n3,u\n-999.0,v\n0.5,u\n",
      { missing_words = { -999, 0.5, "nix" } }, "1; 2; 3; 2; 2", "a: 3 missing" },
    { "the same with decimal commas", "a;y\n1;u\n-999,0;v\n3;u\n0,5;u\n",
      { missing_words = { -999.0, 0.5 }, decimal = "," }, "1; 2; 3; 2", "a: 2 missing" },
    { "Latin-1", "a,y\ncaf\xe9,u\nna\xefve,v\n", { encoding = "latin1" }, "1 0; 0 1" },
    { "escapes in quotes", 'a,y\n"x\\"y",u\n"z",v\n', { escape = "\\" }, "1 0; 0 1" },
    { "UTF-16", "\xff\xfe" .. ("a,y\n1,u\n2,v\n"):gsub(".", "%0\0"), {}, "1; 2" },
    { "UTF-16, the other end first", "\xfe\xff" .. ("a,y\n1,u\n2,v\n"):gsub(".", "\0%0"), {},
      "1; 2" },
    { "UTF-16 without its mark", (("a,y\n1,u\n2,v\n"):gsub(".", "%0\0")), {}, "1; 2" },
    { "UTF-16 without its mark, the other end first", (("a,y\n1,u\n4,v\n"):gsub(".", "\0%0")), {},
      "1; 4" },
    { "a header that ends in a comma", "a,b,y,\n1,2,u\n3,4,v\n", {}, "1 2; 3 4",
      "1 line ends in a separator too many" },
    { "commas in .tsv", "a,y\n1,u\n2,v\n", {}, "1; 2", nil, "t.tsv" },
    { "the header again below", "a,y\n1,u\n2,v\na,y\n3,u\n", { columns = { a = "number" } },
      "1; 2; 2; 3", "line 4 has the names of the header again, and is a row: take it out of the "
      .. "file" },
    { "a title that has as many fields", "Report,,\na,b,y\n" .. ("1,2,u\n3,4,v\n"):rep(10), {},
      "2 3; " .. ("1 2; 3 4; "):rep(9) .. "1 2; 3 4", "line 2 has words in 2 columns of numbers: "
      .. "skip = 1 where it holds the names of the columns" },
    { "numbers that differ by little", "a,y\n1600000001,u\n1600000002,v\n1600000009,u\n", {},
      "-4; -3; 4", "1600000005 is taken off, as 32 bits would lose how its values differ" },
    { "a word among targets that are numbers",
      "a,y\n" .. ("1,1.5\n3,2.5\n"):rep(10) .. "5,unknown\n",
      { task = "regression" }, ("1; 3; "):rep(9) .. "1; 3",
      "y: 20 numbers, and 'unknown' in 1 row (line 22): no target, the rows left out" },
    { "numbers among targets that are texts", "a,y\n1,1.5\n2,2.5\n3,unknown\n", {}, "1; 2; 3",
      "y: 2 numbers or dates as targets beside 'unknown': taken as texts, 3 classes; columns = { y "
        .. '= "number" } takes texts as no target' },
    { "the same that was asked for", "a,y\n1,1.5\n2,u\n3,u\n", { columns = { y = "category" } },
      "1; 2; 3" },
    { "dates as targets", "a,y\n1,2020-01-01\n2,2020-01-02\n", {}, "1; 2",
      "y: 2 numbers or dates as targets: taken as texts, 2 classes" },
    { "names as targets", "a,y\n1,ann\n2,bob\n3,eve\n", {}, "1; 2; 3",
      "y: 3 different texts in 3 rows ('ann', 'bob', 'eve'): a class for each" },
    { "a column without anything", "a,b,y\n1,,u\n2,NA,v\n", {}, "1; 2",
      "left out, as nothing is in them: b" },
  }
  for _, case in ipairs(CASES) do
    it(case[1], function()
      local got, d = read(case[2], case[3], case[6])
      assert.equal(case[4], got, d:describe())
      assert.truthy(d:describe():find(case[5] or "", 1, true), d:describe())
    end)
  end

  for _, word in ipairs { "", "?", "NA", "n/a", "N/A", "NaN", "nan", "Nan", "#N/A", "<NA>", "NULL",
    "null", "None", "none", "-", ".", "NaT", "#DIV/0!", '"NA"', '" NA "', "   " } do
    it("takes '" .. word .. "' as missing among numbers and texts", function()
      local got, d = read(("a,b,y\n1,p,u\n%s,%s,v\n3,p,u\n"):format(word, word))
      assert.equal("1 1; 2 0; 3 1", got)
      assert.truthy(d:describe():find("b: 1 missing, no category set", 1, true))
    end)
  end

  it("fills with the mean, the median or an input that says so", function()
    local text = "a,y\n1,u\n2,v\n9,u\n10,v\n,u\n"
    assert.equal("1; 2; 9; 10; 5.5", (read(text)))
    assert.equal("1; 2; 9; 10; 5.5", (read(text, { missing = "median" })))
    assert.equal("1; 2; 90; 2", (read("a,y\n1,u\n2,v\n90,u\n,v\n", { missing = "median" })))
    assert.equal("1 0; 2 0; 9 0; 10 0; 5.5 1", (read(text, { missing = "flag" })))
    assert.equal("1; 2; 9; 10", (read(text, { missing = "drop" })))
  end)

  it("is refused in a line that names the key", function()
    local cases = {
      { "The data\na,y\n1,u\n", {}, "skip = 1 leaves out a first line that is a title" },
      { "The data\nof 2020\na,y\n1,u\n", {}, "t.csv:3:3: 2 fields, want 1; skip = 2 leaves out" },
      { "a y\n1 u\n2 v\n", {}, 'delimiter = "space"' },
      { "a,y\n1,u\ninf,v\n", {}, 't.csv:3:1: \'inf\' is not a finite number of 32 bits; '
        .. 'missing_words = { "inf" } takes it as missing' },
      { "a,y\ncaf\xe9,u\nb,v\n", {}, 't.csv:2:1: the text is not UTF-8; encoding = "latin1"' },
      { "caf\xe9,y\n1,u\n2,v\n", {}, 'column 1 is not UTF-8; encoding = "latin1"' },
      { 'a,y\n"x\\"y",u\n', {}, 'escape = "\\\\"' },
      { "a,b,y\n", {}, "a header and no row" },
      { "a\0\0,y\n", {}, "UTF-16 without its mark" },
      { "% made\n% by x, and y\na,y\n1,u\n", {}, 'comment = "%" leaves out lines that begin so' },
      { "// made\n// by x\na,y\n1,u\n", {}, 'comment = "/" leaves out lines that begin so' },
      { "@relation x\n@data\n1,u\n", {}, 'comment = "@" leaves out lines that begin so' },
      { 'q,y\n"5" pipe",u\n', {}, 'text after a closing quote; quote = "" takes quotes as text' },
      { 'q,y\n"x,u\n', {}, 'this quote is never closed; quote = "" takes quotes as text' },
      { "a\ty\n" .. ("1\tu\n"):rep(9000) .. '2\t"v\tw"\n', {}, "t.csv:9002:6: 3 fields, want 2; "
        .. "quote = '\"' takes what stands in quotes as one text" },
      { "a\tb\ty\n" .. ("1\tu\t0\n"):rep(9000) .. ('2\t"v\nw"\t1\n'):rep(9000), {}, "t.csv:9002:3: "
        .. "2 fields, want 3; quote = '\"' takes what stands in quotes as one text" },
      { '[{"a": 1, "y": "u"},\n{"a": 2, "y": "v"}]\n', {}, "the file looks like JSON" },
      { "<html>\n<body>x</body>\n</html>\n", {}, "the file looks like HTML or XML" },
      { "PK\3\4" .. ("\0"):rep(30), {}, "it is a zip archive, as Excel's workbooks (.xlsx) are" },
      { "PAR1\0\0", {}, "it is a Parquet file" },
      { "a:b:y\n1:2:u\n3:4:v\n", {}, 'delimiter = ":" takes what stands between for columns' },
      { "\xff\xfea\0,", {}, "cut off in UTF-16" },
      { "\xff\xfe\0\xdca\0", {}, "broken UTF-16 at byte 2" },
      { "a,y\n1,u\n,v\n", { missing = "error" }, 'line 3 has nothing in column a (1 such line); '
        .. 'missing = "mean", "median", "flag" or "drop" allows it' },
      { "a,y\n1,u\n2,v\n", { columns = { b = "number" } }, "'columns' names no column 'b'" },
      { "a,y\n1,u\n2,v\n", { columns = { a = "real" } },
        "has a = 'real', want number, category, date or ignore" },
      { "a,y\n1,u\n2,v\n", { columns = { y = "ignore" } }, "the target column y is left out" },
      { "a,y,\n1,u,\n2,v,\n", { target = 3 },
        'Unnamed: 2 holds nothing; target = "name" takes another' },
    }
    for _, case in ipairs(cases) do
      local why = files.failure(open, case[1], case[2])
      assert.truthy(why:find(case[3], 1, true), why)
    end
  end)

  it("of ids is said, and of very many refused", function()
    local lines = { "id,name,y" }
    for i = 1, 60 do
      lines[#lines + 1] = ("%d,n%d,%d"):format(i, i, i % 2)
    end
    local said = open(table.concat(lines, "\n")):describe()
    assert.truthy(said:find('id counts the rows: columns = { id = "ignore" } leaves it out', 1,
      true))
    assert.truthy(said:find("name: 60 different texts in 60 rows ('n1', 'n2', 'n3', ...)", 1, true))
  end)

  it("is shown by `lrrun data` with what a recipe may not have", function()
    local place = program.folder(finally)
    local lines = { "who,a,y" }
    for i = 1, 1200 do
      lines[#lines + 1] = ("p%d,%d,%s"):format(i, i * i % 7, i == 5 and "?" or i * 0.37)
    end
    program.write(place .. "/t.csv", table.concat(lines, "\n"))
    local code, out, err = program.run(("data %s/t.csv"):format(place))
    assert.equal(0, code, err)
    assert.matches("\nwho +category +0 +1200 ", out)
    assert.matches("an error in a recipe: column who holds 1200 different texts", out, 1, true)
    assert.matches("\n  1 row without a target left out\n", out, 1, true)
  end)

  it("packed by gzip, in one member or several, reads as it is", function()
    local one, two = files.gzip "a,y\n1,u\n", files.gzip "2,v\n3,u\n"
    assert.equal("1; 2; 3", (read(one .. two, {}, "t.csv.gz")))
    assert.equal("1; 2; 3", (read(one .. two .. ("\0"):rep(512), {}, "t.csv.gz")))
    assert.truthy(files.failure(open, one .. two:sub(1, -12), {}, "t.csv.gz"):find("gzip", 1, true))
  end)

  it("comes as three files whose columns are matched by name", function()
    files.write(folder, "val.csv", "y,b,a\nv,q,2\nu,other,4\n")
    files.write(folder, "test.csv", "a,b,y\n5,p,v\n,p,u\n")
    files.write(folder, "train.csv", "a,b,y\n1,p,u\n3,q,v\n")
    local d = data.csv { train = "train.csv", val = "val.csv", test = "test.csv" }:open {
      recipe_dir = folder, seed = 1 }
    assert.same({ train = 2, val = 2, test = 2 }, d.splits)
    local val = d:loader({ split = "val", batch = 9 }):next()
    -- Scaled by the training data alone: mean 2, deviation 1 of a; 0.5 and 0.5 of b.
    assert.same({ 0.0, -1.0, 1.0, 2.0, -1.0, -1.0 }, val.x:values())
    assert.same({ 1, 0 }, val.y:values())
    local test = d:loader({ split = "test", batch = 9 }):next()
    assert.same({ 3.0, 1.0, -1.0, 0.0, 1.0, -1.0 }, test.x:values())
    assert.truthy(d:describe():find("val.csv: 1 text that the training data have not", 1, true))
    assert.truthy(d:describe():find("test.csv: 1 value missing", 1, true))
  end)

  it("leaves out rows of a class that only the other files have, and counts them", function()
    local function parts(train, val)
      files.write(folder, "train.csv", train)
      files.write(folder, "val.csv", val)
      return data.csv { train = "train.csv", val = "val.csv", normalize = false }:open {
        recipe_dir = folder, seed = 1 }
    end
    for _, case in ipairs {
      { "a,y\n1,u\n3,v\n", "y,a\nw,2\nv,5\n,7\nx,8\n" },
      { "a,y\n1,0\n3,1\n1,0\n3,1\n", "y,a\n2,2\n1,5\n,7\n-1,8\n" },
    } do
      local d = parts(case[1], case[2])
      local val = d:loader({ split = "val", batch = 9 }):next()
      assert.same({ 5 }, val.x:values())
      assert.same({ 1 }, val.y:values())
      assert.equal(2, #d.class_names)
      assert.truthy(d:describe():find("val.csv: 1 row without a target left out, 2 rows of a "
        .. "class that the training data have not left out", 1, true), d:describe())
    end
    assert.truthy(files.failure(parts, "a,y\n1,u\n3,v\n", "a,y\n1,w\n"):find(
      "no row is left: 0 have no target, 1 are of a class that the training data have not", 1,
      true))
  end)

  it("says before training what is not plain, once in a script, not under --quiet", function()
    local place = program.folder(finally)
    program.write(place .. "/t.csv", "a,b,y\n1,2020-01-31,4\nn/a,2020-02-01,5\n3,2020-02-02,6\n")
    local made = [[recipe { data = data.csv { "t.csv", target = "y", task = "regression" },
      model = nn.sequential { nn.linear(1) }, loss = nn.mse(), optimizer = optim.sgd { lr = 0.1 },
      epochs = 1 }]]
    program.write(place .. "/r.lua", "return " .. made)
    program.write(place .. "/s.lua", "for i = 1, 3 do train.fit(" .. made .. ") end")
    for _, name in ipairs { "r.lua", "s.lua" } do
      local code, _, err = program.run(("--out %s/runs %s/%s"):format(place, place, name))
      assert.equal(0, code, err)
      local said, trained = err:find("data.csv: b: dates", 1, true), err:find "epoch"
      assert.is_true(said ~= nil and said < trained, err)
      assert.is_nil(err:find("data.csv: b: dates", said + 1, true))
      assert.matches("data.csv: a: 1 missing", err, 1, true)
    end
    local code, _, err = program.run(("--out %s/runs %s/r.lua --quiet"):format(place, place))
    assert.equal(0, code)
    assert.equal("", err)
  end)
end)
