import Net2NetTraining

/// Whoever watches a run: the terminal, TensorBoard unless it is not to be told, and in the end the
/// readers of its report.
struct TrainingWatch {
  private var display: TrainingDisplay
  private var events: TensorBoardLog?
  private let run: RunDirectory
  private var step: Int

  init(
    _ trainer: Trainer, _ run: RunDirectory, tellsTensorBoard: Bool = true,
    display: TrainingDisplay = TrainingDisplay()
  ) {
    self.run = run
    self.display = display
    step = trainer.start?.step ?? 0
    guard tellsTensorBoard else { return }
    do { events = try TensorBoardLog(run, of: trainer) } catch { tellNoMore(error) }
  }

  mutating func show(_ event: TrainingEvent) {
    if case .logged(let metrics) = event { step = metrics.step }
    display.show(event)
    do { try events?.record(event) } catch { tellNoMore(error) }
  }

  /// - Parameter isComplete: the run has come to the end of its budget.
  mutating func end(isComplete: Bool) {
    do { if isComplete { try events?.end() } } catch { tellNoMore(error) }
    do { try RunReport.write(of: run) } catch {
      display.show(.omitted(step: step, "the report: \(error)"))
    }
    display.clear()
  }

  /// What is only to be looked at does not end a run.
  private mutating func tellNoMore(_ error: any Error) {
    events = nil
    display.show(.omitted(step: step, "\(error); TensorBoard is told no more of this run"))
  }
}
