internal import Dispatch
internal import Foundation
internal import Net2NetFiles
internal import Synchronization

/// The labelled examples of a live model, numbered from 0 in the order they came.
///
/// They lie in segments, files that are only ever appended to (``SegmentLayout``). One writer takes
/// what waits, writes it at once and flushes the file; only then are those who waited told, so that
/// what is acknowledged is on the disk, and one flush serves everybody who waited for it. The index
/// in memory, and in the registry for segments that are full, follows and can be made again.
///
/// Segments, not the registry, are the truth of what examples are: on opening, what a crash left
/// half-written behind the last whole record is cut off, which nobody was told was stored. How many
/// were acknowledged lies beside them (``AcknowledgedFile``), so that one that is lost is missed: it
/// keeps its number, as one that is damaged does.
public final class ExampleStore: Sendable {
  let folder: String
  let registry: Registry
  let form: SampleForm
  let heldOut: HeldOutChoice
  let largestClassCount: Int
  let isReadOnly: Bool
  let limits: Limits
  let state: Mutex<State>
  /// Nil for whoever only looks.
  let acknowledged: AcknowledgedFile?
  let queue = DispatchQueue(label: "examples")

  /// Sizes, in bytes.
  struct Limits: Hashable, Sendable {
    /// A segment that has reached one of these is full.
    var segment = 64 << 20
    var segmentEntries = 1 << 18
    /// More than this may not wait to be written.
    var pending = 64 << 20
  }

  struct State {
    /// In the order of their examples; all but the last are full.
    var segments: [Segment] = []
    /// Those of the examples that are stored; names of examples that wait are not among them.
    var classes: ClassList
    var counts = ExampleCounts()
    /// Waiting to be written.
    var pending: [PendingExamples] = []
    var pendingBytes = 0
    var isWriting = false
    var isClosed = false
    /// How often the disk was waited for.
    var flushes = 0
    /// The last segment takes no more examples.
    var isLastAbandoned = false
    /// Why nothing can be stored until the store is opened again.
    var failure: (any Error)?

    var count: Int { segments.last?.end ?? 0 }

    /// All examples that there are.
    var acknowledgement: Acknowledgement {
      guard let last = segments.last else { return Acknowledgement() }
      return Acknowledgement(
        first: last.first, end: last.end,
        digest: last.known?.digest ?? last.file.digest(of: last.entries.count))
    }
  }

  struct Segment: Sendable {
    var file: SegmentFile
    var entries: [ExampleEntry]
    /// What its examples are, as it is written elsewhere; nil for one of before this was.
    var known: Known?

    struct Known: Hashable, Sendable {
      var digest: RunningDigest
      /// Of the first so many examples.
      var count: Int
    }

    var first: Int { file.first }
    var end: Int { file.first + entries.count }
  }

  /// Opens the store that is there, or begins one.
  ///
  /// - Parameter readOnly: looks at it, whoever writes to it meanwhile, and mends nothing.
  /// - Throws: ``LifelongError/damagedSegment(file:part:expected:found:)`` where a segment is missing
  ///   or not this model's, ``LifelongError/missingSegment(file:from:)`` where the last is missing;
  ///   what the registry throws; `FilesError`.
  init(
    _ folder: LiveFolder, _ settings: LiveSettings, _ registry: Registry,
    isReadOnly: Bool = false, limits: Limits = Limits()
  ) throws {
    self.folder = folder.examplesFolder
    self.registry = registry
    self.isReadOnly = isReadOnly
    self.limits = limits
    form = settings.sample
    heldOut = HeldOutChoice(share: settings.heldOutShare)
    largestClassCount = settings.largestClassCount
    let opening = SegmentOpening(
      folder: folder.examplesFolder, settings: settings, registry: registry,
      isReadOnly: isReadOnly)
    let opened = try opening.opened()
    var state = State(
      segments: opened.segments, classes: ClassList(opened.classes))
    for segment in opened.segments { segment.entries.forEach { state.counts.add($0) } }
    acknowledged =
      isReadOnly
      ? nil
      : try AcknowledgedFile(
        in: folder.examplesFolder, state.acknowledgement, replacing: opened.acknowledged == nil)
    self.state = Mutex(state)
    if !isReadOnly, try registry.note(AcknowledgedFile.note, as: Bool.self) == nil {
      try registry.note(true, as: AcknowledgedFile.note)
    }
  }

  // MARK: What there is

  /// How many have been stored; their numbers are below this.
  public var count: Int { state.withLock { $0.count } }

  public var counts: ExampleCounts { state.withLock { $0.counts } }

  /// Names by label, those that appeared since the beginning at the end.
  public var classes: [String] { state.withLock { $0.classes.names } }

  /// Refuses what comes from now on, and returns when everything before it is written.
  public func close() {
    state.withLock { $0.isClosed = true }
    queue.sync { acknowledged?.flush() }
  }
}
