/// What a run tells while it goes on.
public enum TrainingEvent: Sendable {
  /// Before the first step: how many there will be, and how many of them are an epoch.
  case began(firstStep: Int, steps: Int, stepsPerEpoch: Int)
  case logged(Metrics)
  case evaluated(Metrics, Evaluation)
  /// The network was replaced by a larger one.
  case grown(Metrics, GrowthRecord)
  /// Something was left out, such as a batch whose loss was NaN or infinite; the text says what and why.
  case omitted(step: Int, String)
  /// The run directory holds everything up to this step.
  case saved(step: Int, directory: String)
}
