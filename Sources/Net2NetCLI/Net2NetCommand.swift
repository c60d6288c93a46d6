import ArgumentParser
import Net2Net

struct Net2NetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "net2net",
    abstract: "Grow trained neural networks while keeping the function they compute.",
    discussion: """
      A network is an ONNX file. To begin:

        net2net new convnet -o teacher.onnx --width-factor 0.5
        net2net train teacher.onnx --data fashion-mnist --epochs 3 -o runs/teacher
        net2net widen runs/teacher/network.onnx --all 2x -o student.onnx

      Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a verification found a difference.
      """,
    version: Release.version,
    subcommands: [
      DemoCommand.self, NewCommand.self, InspectCommand.self, TrainCommand.self, ReportCommand.self,
      EvaluateCommand.self, RunCommand.self, AdviseCommand.self, CompareCommand.self,
      WidenCommand.self, DeepenCommand.self,
      GrowCommand.self, VerifyCommand.self, ExportCommand.self, LiveCommand.self,
      DoctorCommand.self,
    ])
}
