/// How much one client may ask for, and how long it may take to ask.
public struct ServerLimits: Hashable, Sendable {
  /// Of one request's body.
  public var bodyBytes = 16 << 20
  /// Of all bodies that are being read or computed with at one time.
  public var bodyBytesTogether = 512 << 20
  /// Larger bodies, and answers, are read and written on threads of their own.
  public var inlineBytes = 64 << 10
  /// So many at a time.
  public var bodyThreads = 2
  /// From opening a connection to the end of the first request's head.
  public var headSeconds = 10.0
  /// From a request's head to its answer.
  public var requestSeconds = 30.0
  /// Between two requests of a connection.
  public var idleSeconds = 60.0
  public var connections = 4096
  /// Requests that wait for the network.
  public var queue = 1024
  /// Lists and objects of JSON in one another.
  public var nesting = 16
  /// Inputs or outputs of one request.
  public var tensors = 32
  /// Elements of one tensor.
  public var elements = 4 << 20
  /// Examples of one request, for a network whose first axis counts them.
  public var rows = 4096
  /// What a run of the network may take besides its parameters, and so whatever sizes a request
  /// names; what a full batch of samples takes is always granted.
  public var runBytes = 1 << 30

  public init() {}
}
