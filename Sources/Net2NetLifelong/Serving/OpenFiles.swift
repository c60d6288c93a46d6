internal import Foundation

/// How many files and sockets this process may have open.
enum OpenFiles {
  /// Raises the limit as far as the system lets anybody: it often starts at 1024, of which a
  /// thousand clients that do nothing leave nothing for the others.
  static func raiseLimit() {
    #if canImport(Darwin)
      let resource = RLIMIT_NOFILE
    #else
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #endif
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(resource, &limit)
  }
}
