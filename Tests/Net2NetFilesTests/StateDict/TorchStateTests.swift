import Net2Net
import Net2NetFiles
import TestSupport
import Testing

/// PyTorch exports a network and its state dict; the grown state dict, loaded into a larger
/// module, computes what the old one did.
@Suite struct TorchStateTests {
  private static let model = """
    import sys, warnings, torch
    from torch import nn
    from safetensors.torch import save_file, load_file
    warnings.filterwarnings("ignore")
    torch.manual_seed(0)
    folder, dynamo = sys.argv[1], sys.argv[2] == "true"

    class Mixer(nn.Module):
        # Linear layers over sequences, which become matrix products, and two kinds of norm.
        def __init__(self, width, hidden, channels):
            super().__init__()
            self.conv = nn.Conv1d(3, channels, 3, padding=1, bias=False)
            # The other exporter cannot but fold it.
            self.norm = nn.Identity() if dynamo else nn.BatchNorm1d(channels)
            self.up, self.down = nn.Linear(channels, hidden), nn.Linear(hidden, width)
            self.layer = nn.LayerNorm(width)
            self.head = nn.Linear(width, 4)
        def forward(self, x):
            x = torch.relu(self.norm(self.conv(x))).transpose(1, 2)
            return self.head(self.layer(self.down(torch.relu(self.up(x)))))

    x = torch.randn(2, 3, 5)
    """

  @Test(.requiresPython, arguments: [false, true])
  func grownStateDictLoadsIntoALargerModule(dynamo: Bool) async throws {
    try await withTemporaryDirectory { folder async throws in
      _ = try await Python.run(
        Self.model + """

          teacher = Mixer(6, 8, 4).eval()
          if dynamo:
              how = dict(dynamo=True, verbose=False, external_data=False)
          else:
              teacher.norm.running_mean.normal_(); teacher.norm.running_var.uniform_(0.5, 2)
              how = dict(dynamo=False, training=torch.onnx.TrainingMode.PRESERVE)
          torch.onnx.export(teacher, (x,), folder + "/teacher.onnx", input_names=["x"], **how)
          save_file(teacher.state_dict(), folder + "/teacher.safetensors")
          torch.save(teacher(x), folder + "/expected.pt")
          """, folder, "\(dynamo)")
      let teacher = try Network(onnx: "\(folder)/teacher.onnx")
      let student = try teacher.grown(by: GrowthPlan(growths: [.widen(Widen(all: 2))])).network
      let state = try GrownState(
        of: student, grownFrom: teacher,
        names: StateDictionary(safetensors: "\(folder)/teacher.safetensors"), file: "teacher")
      try state.writeSafetensors(to: "\(folder)/student.safetensors")
      let difference = try await Python.run(
        Self.model + """

          student = Mixer(12, 16, 8).eval()
          student.load_state_dict(load_file(folder + "/student.safetensors"))
          expected = torch.load(folder + "/expected.pt")
          print(((student(x) - expected).abs().max() / expected.abs().max()).item())
          """, folder, "\(dynamo)")
      #expect(try #require(Double(difference.split(separator: "\n")[0])) < 1e-5)
    }
  }
}
