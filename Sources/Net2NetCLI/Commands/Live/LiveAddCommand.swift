import ArgumentParser
import Net2Net
import Net2NetLifelong
import Net2NetTraining

struct LiveAddCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add the samples of a data set to a live model's examples.",
    discussion: """
      Which of them are held out is decided by what they hold; a class that is new appears.
      Examples:

        net2net live add shop --data fashion-mnist
        net2net live add flowers --data csv:new.csv:label=species

      While the model is served, drop .csv and .npz files in its inbox, or POST /v1/examples.
      """)

  @Argument(help: "The folder of a live model.")
  var folder: String

  @Option(help: "\(DataSpecification.forms).")
  var data: String

  func validate() throws { _ = try dataSpecification(data) }

  func run() throws {
    let model = try LiveModel(folder)
    let known = model.examples.classes.count
    var progress = Progress()
    let count = try model.examples.append(contentsOf: dataSpecification(data)) { stored, total in
      progress.update(
        "adding", share: Double(stored) / Double(total),
        "\(Figures.grouped(stored)) of \(Figures.grouped(total)) examples")
    }
    progress.clear()
    let counts = model.examples.counts
    let appeared = model.examples.classes.dropFirst(known)
    print(
      """
      \(folder): \(Figures.grouped(count)) examples added; \
      \(Figures.grouped(counts.training)) to learn from and \
      \(Figures.grouped(counts.heldOut)) held out
      """)
    if !appeared.isEmpty {
      print("new classes: \(appeared.map { $0.shown() }.joined(separator: ", "))")
    }
  }
}
