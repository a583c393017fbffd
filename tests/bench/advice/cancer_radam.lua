-- Tumours, benign or not, from 30 measurements of 569: a small network, RAdam, rates in triangles.
return recipe {
  seed = 1,
  data = data.csv { "small/breast_cancer_f32.csv", target = 31, batch = 16, val = 0.4 },
  model = nn.sequential { nn.linear(32), nn.tanh(), nn.linear(16), nn.tanh(), nn.linear(2) },
  loss = nn.cross_entropy(),
  optimizer = optim.radam(),
  schedule = schedule.cyclic { min = 1e-4, max = 1e-3, step_size = 3*epochs },
  epochs = 30,
}
