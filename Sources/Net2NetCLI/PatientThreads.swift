import Foundation

/// Lets OpenMP's idle threads sleep instead of spin.
///
/// Spinning saves microseconds on a machine that does nothing else, and costs a factor of twenty
/// where two processes share its cores (`docs/performance.md`). OpenMP reads the choice when it is
/// loaded, before `main`, so this starts the program anew, once, in the same process. Whoever sets
/// `OMP_WAIT_POLICY` or `GOMP_SPINCOUNT` has chosen already.
enum PatientThreads {
  static func arrange() {
    #if os(Linux)
      let environment = ProcessInfo.processInfo.environment
      guard environment["OMP_WAIT_POLICY"] == nil, environment["GOMP_SPINCOUNT"] == nil,
        setenv("OMP_WAIT_POLICY", "passive", 1) == 0
      else { return }
      var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
      // Returns only when it fails, and then the threads spin.
      execv("/proc/self/exe", &arguments)
      arguments.forEach { free($0) }
    #endif
  }
}
