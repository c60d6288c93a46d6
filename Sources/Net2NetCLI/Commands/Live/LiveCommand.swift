import ArgumentParser

struct LiveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "live",
    abstract: "Keep a network learning and growing as data arrives.",
    discussion: """
      A live model is a folder: versions of a network, examples, and what happened. To begin:

        net2net new convnet --data fashion-mnist --width-factor 0.25 -o small.onnx
        net2net live init shop --network small.onnx --data fashion-mnist
        net2net live add shop --data fashion-mnist
        net2net live status shop
      """,
    subcommands: [
      LiveInitCommand.self, LiveAddCommand.self, LiveServeCommand.self, LiveStatusCommand.self,
      LivePromoteCommand.self, LiveRollbackCommand.self, LiveCheckCommand.self,
      LiveSimulateCommand.self,
    ])
}
