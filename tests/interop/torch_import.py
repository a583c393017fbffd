"""Weights of PyTorch's modules come into a recipe by lrrun import --map, and then give the same outputs.

Usage: python3 tests/interop/torch_import.py build/lrrun
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch
from safetensors.torch import save_file


class Image(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = torch.nn.Conv2d(2, 4, 3, padding=1), torch.nn.Conv2d(4, 4, 3)
        self.bn1, self.bn2 = torch.nn.BatchNorm2d(4), torch.nn.BatchNorm2d(4)
        self.fc = torch.nn.Linear(4 * 4 * 4, 3)

    def forward(self, x):
        x = self.bn1(self.conv1(x)).relu()
        return self.fc(self.bn2(self.conv2(x)).relu().flatten(1))


class Steps(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.LSTM(3, 8, num_layers=2, bidirectional=True, batch_first=True)
        self.attn = torch.nn.MultiheadAttention(16, 4, batch_first=True)
        self.norm, self.out = torch.nn.LayerNorm(16), torch.nn.Linear(16, 3)

    def forward(self, x):
        h = self.rnn(x)[0]
        h = self.norm(h + self.attn(h, h, h)[0])
        return self.out(h.mean(1))


CASES = [
    (Image, (2, 6, 6), "nn.conv2d{4, 3, padding=1}, nn.batchnorm(), nn.relu(), nn.conv2d{4, 3}, "
                       "nn.batchnorm(), nn.relu(), nn.flatten(), nn.linear(3)"),
    (Steps, (5, 3), "nn.lstm{8, layers=2, bidirectional=true, sequences=true}, "
                    "nn.residual{nn.attention(4)}, nn.layernorm(), nn.global_avgpool(), nn.linear(3)"),
]


def main():
    program, passed = str(pathlib.Path(sys.argv[1]).resolve()), 0
    torch.manual_seed(1)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        def call(*words):
            done = subprocess.run([program, *words, "--quiet"], cwd=folder, capture_output=True, text=True)
            assert done.returncode == 0, (words, done.stderr)

        for module, shape, model in CASES:
            net = module()
            for key, value in net.state_dict().items():
                if value.is_floating_point():
                    value.add_(0.2 * torch.rand_like(value))
            net.eval()
            x = torch.randn(20, *shape)
            kind = module.__name__.lower()
            numpy.save(folder / "x.npy", x.numpy())
            numpy.save(folder / "y.npy", numpy.arange(20) % 3)
            save_file(net.state_dict(), folder / (kind + ".safetensors"))
            (folder / (kind + ".lua")).write_text("""return recipe { name = "%s", model = nn.sequential { %s },
              data = data.npy { "x.npy", "y.npy", normalize = false }, optimizer = optim.sgd { lr = 1e-30 },
              freeze = { { "norm", statistics = true } }, steps = 1,
              init = "start.safetensors" }""" % (kind, model))
            call("import", kind + ".safetensors", kind + ".lua", "--map", "-o", "start.safetensors")
            call(kind + ".lua", "--out", "runs")
            call("predict", "runs/%s-1" % kind, "--input", "x.npy", "-o", kind + "-out.npy")
            with torch.no_grad():
                wanted = net(x).softmax(-1).numpy()
            worst = abs(numpy.load(folder / (kind + "-out.npy")) - wanted).max()
            assert worst < 1e-4, (kind, worst)
            print("  %-10s %.1e" % (kind, worst))
            passed += 1
    print("%d passed, 0 failed" % passed)


main()
