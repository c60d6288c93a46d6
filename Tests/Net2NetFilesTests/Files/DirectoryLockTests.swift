import Foundation
import Net2NetFiles
import TestSupport
import Testing

@Suite struct DirectoryLockTests {
  private func failure(_ folder: String) -> DirectoryLock.Failure? {
    do throws(DirectoryLock.Failure) {
      _ = try DirectoryLock(folder)
      return nil
    } catch { return error }
  }

  @Test func folderIsLockedUntilTheLockIsGone() throws {
    try withTemporaryFolder { folder in
      var lock: DirectoryLock? = try DirectoryLock(folder)
      withExtendedLifetime(lock) {
        #expect(failure(folder) == .held(process: getpid(), machine: nil))
      }
      lock = nil
      #expect(failure(folder) == nil)
    }
  }

  @Test func holderOfAnotherMachineIsNamedWithIt() throws {
    try withTemporaryFolder { folder in
      let lock = try DirectoryLock(folder)
      try write(Array("41 node7\n".utf8), to: folder + "/lock")
      withExtendedLifetime(lock) {
        #expect(failure(folder) == .held(process: 41, machine: "node7"))
      }
    }
  }

  @Test func onlyTheOwnerMayLock() throws {
    try withTemporaryFolder { folder in
      _ = try DirectoryLock(folder)
      let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/lock")
      #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
  }

  @Test func whatIsNoFileIsRefused() throws {
    try withTemporaryFolder { folder in
      #expect(mkfifo(folder + "/lock", 0o600) == 0)
      #expect(failure(folder) == .unusable(reason: "lock: it is not a regular file"))
    }
  }
}
