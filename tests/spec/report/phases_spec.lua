-- Phases of a run's schedule as its report marks them.

local phases = require "lrrun.report.phases"

local CLOCK = { steps_per_epoch = 10, total_steps = 300 }

local function text_of(settings)
  local out = {}
  for i, p in ipairs(phases(settings, CLOCK)) do
    out[i] = ("%s %g-%g"):format(p.text, p.from, p.to)
  end
  return table.concat(out, ", ")
end

describe("phases of a schedule", function()
  it("follow each other by their lengths, the last takes the rest", function()
    assert.equal("warmup 0-20, hold 20-50, cosine 50-300", text_of {
      schedule = { kind = "schedule.seq", phases = {
        { kind = "schedule.warmup", length = "2 epochs" },
        { kind = "schedule.hold", length = "10 percent" }, { kind = "schedule.cosine" } } } })
    assert.equal("warmup 0-5, linear 5-300", text_of {
      optimizer = { lr = { kind = "schedule.seq", phases = {
        { kind = "schedule.warmup", length = "5 steps" }, { kind = "schedule.linear" } } } } })
  end)

  it("stand inside some kinds", function()
    assert.equal("warmup 0-10, stable 10-280, decay 280-300", text_of { schedule = {
      kind = "schedule.wsd", warmup = "1 epochs", decay = "2 epochs" } })
    assert.equal("stable 0-280, decay 280-300", text_of { schedule = { kind = "schedule.wsd",
      warmup = 0, decay = "2 epochs" } })
    assert.equal("up 0-90, down 90-300", text_of { schedule = { kind = "schedule.one_cycle",
      warmup = 0.3 } })
    assert.equal("up 0-90, down 90-180, anneal 180-300", text_of { schedule = {
      kind = "schedule.one_cycle", warmup = 0.3, three_phase = true } })
  end)

  it("are none of a schedule with one, nor where they hang on a metric or on what is no schedule",
    function()
      for _, settings in ipairs { {}, { schedule = { kind = "schedule.cosine" } }, { schedule = 3 },
        { optimizer = "x" }, { schedule = { kind = "schedule.seq", phases = "x" } },
        { schedule = { kind = "schedule.seq",
          phases = { 1, {}, { kind = 5, length = "1 epochs" } } } },
        { schedule = { kind = "schedule.seq", phases = { { kind = "schedule.hold", ends = {} },
          { kind = "schedule.linear" } } } },
        { schedule = { kind = "schedule.one_cycle", warmup = 0 / 0, length = "1e999 steps" } } } do
        assert.equal("", text_of(settings))
      end
    end)
end)
