--- The draft without data: handwritten digits, which are part of the program. Layer: draft.

return function()
  return {
    about = "The data are 1,797 handwritten digits of 8 by 8 pixels, which are part of lrrun; "
      .. "lrrun init --data FILE.csv|FOLDER writes a recipe for your own.",
    data = {
      "  data = data.digits {",
      "    batch = 32, -- images in an update",
      "    val = 0.2, -- share that is not trained on, and tells how good it is",
      "  },",
    },
    model = {
      "  -- Layers say their outputs; what goes in follows from the data.",
      "  model = nn.sequential {",
      "    nn.linear(128), nn.batchnorm(), nn.relu(),",
      "    nn.linear(10), -- an output for each class",
      "  },",
    },
    loss = { "  loss = nn.cross_entropy()," }, lr = "3e-3", epochs = 20, patience = 8,
    said = { "data: handwritten digits, which are part of lrrun (--data FILE.csv|FOLDER: "
      .. "your own)" },
    facts = { kind = "digits", samples = 1797, classes = 10, batch = 32, epochs = 20 },
  }
end
