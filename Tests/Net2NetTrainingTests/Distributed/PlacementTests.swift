import Testing

@testable import Net2NetTraining

struct PlacementTests {
  private static let torchrun = [
    "RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2",
    "MASTER_ADDR": "node7", "MASTER_PORT": "29500",
  ]
  private static let slurm = [
    "SLURM_STEP_ID": "0", "SLURM_PROCID": "3", "SLURM_NTASKS": "4", "SLURM_LOCALID": "1",
    "SLURM_JOB_NODELIST": "node[01-02],gpu1", "SLURM_JOB_ID": "123456",
  ]

  @Test func processWithoutLauncherIsOnItsOwn() throws {
    #expect(try Placement.resolved([:]) == nil)
    #expect(try Placement.resolved(["MASTER_ADDR": "node7", "RANK": ""]) == nil)
  }

  /// In a batch script, outside of srun, there is one process whatever SLURM_NTASKS says.
  @Test func slurmWithoutAStepIsOneProcess() throws {
    var script = Self.slurm
    script["SLURM_STEP_ID"] = nil
    #expect(try Placement.resolved(script) == nil)
  }

  @Test func torchrunGoesBeforeSlurm() throws {
    let both = Self.slurm.merging(Self.torchrun) { $1 }
    let placement = try #require(try Placement.resolved(both))
    #expect(placement.source == .torchrun)
    #expect(placement.rank == 1 && placement.size == 2 && placement.localRank == 1)
    #expect(placement.host == "node7" && placement.port == 29500)
    #expect(!placement.servesStore)
  }

  @Test func flagsGoBeforeEverything() throws {
    let flags = Placement.Flags(rank: 0, ranks: 3, meeting: "10.0.0.1:4000")
    let placement = try #require(try Placement.resolved(Self.torchrun, flags: flags))
    #expect(placement.source == .flags && placement.servesStore)
    #expect(
      placement.description
        == "3 ranks, told by flags; they meet at 10.0.0.1:4000, served by rank 0")
  }

  /// torchrun takes a range of nodes, and a kind of device.
  @Test(arguments: [("PET_NNODES", "1:4"), ("PET_NPROC_PER_NODE", "gpu")])
  func whatIsNoNumberOfProcessesIsNotCompared(_ name: String, _ value: String) throws {
    var environment = Self.torchrun
    environment["PET_NNODES"] = "2"
    environment["PET_NPROC_PER_NODE"] = "1"
    environment[name] = value
    #expect(try Placement.resolved(environment)?.size == 2)
  }

  @Test func addressOfVersion6IsWrittenInBrackets() throws {
    let flags = Placement.Flags(rank: 0, ranks: 2, meeting: "[::1]:4000")
    let placement = try #require(try Placement.resolved([:], flags: flags))
    #expect(placement.host == "::1" && placement.port == 4000)
  }

  /// In a pod of Kubernetes rank 0 is told `localhost`, and others know it by a service's name.
  @Test func onlyPodsListenEverywhere() throws {
    var environment = Self.torchrun
    #expect(try Placement.resolved(environment)?.listensEverywhere == false)
    environment["KUBERNETES_SERVICE_HOST"] = "10.0.0.1"
    #expect(try Placement.resolved(environment)?.listensEverywhere == true)
  }

  /// Job 123456: 15000 + 3456.
  @Test func slurmMeetsAtItsFirstNodeOnAPortOfTheJob() throws {
    let placement = try #require(try Placement.resolved(Self.slurm))
    #expect(placement.source == .slurm && placement.rank == 3 && placement.localRank == 1)
    #expect(placement.host == "node01" && placement.port == 18456)
  }

  @Test func slurmMeetsAtTheFirstNodeOfItsStep() throws {
    var environment = Self.slurm
    environment["SLURM_STEP_NODELIST"] = "node02,gpu1"
    #expect(try Placement.resolved(environment)?.host == "node02")
  }

  /// Where rank 0 is may be said outright; neither nodes nor the job's number are asked for then.
  @Test func slurmMeetsWhereItIsTold() throws {
    var environment = Self.slurm
    environment["SLURM_JOB_NODELIST"] = nil
    environment["SLURM_JOB_ID"] = nil
    environment["MASTER_ADDR"] = "head"
    environment["MASTER_PORT"] = "4000"
    let placement = try #require(try Placement.resolved(environment))
    #expect(placement.host == "head" && placement.port == 4000)
  }

  @Test func loneProcessOfALauncherKnowsItsRestarts() throws {
    let environment = ["RANK": "0", "WORLD_SIZE": "1", "TORCHELASTIC_RESTART_COUNT": "3"]
    let placement = try #require(try Placement.resolved(environment))
    #expect(placement.size == 1 && placement.restarts == 3)
  }

  @Test func agentOfTorchrunServesTheStoreForRankZeroToo() throws {
    var environment = Self.torchrun
    environment["RANK"] = "0"
    environment["TORCHELASTIC_USE_AGENT_STORE"] = "True"
    environment["TORCHELASTIC_RESTART_COUNT"] = "2"
    let placement = try #require(try Placement.resolved(environment))
    #expect(!placement.servesStore)
    #expect(
      placement.description
        == "2 ranks, told by RANK and WORLD_SIZE; they meet at node7:29500, served by the "
        + "launcher; restart 2")
  }

  @Test(arguments: [
    (["RANK": "2"], "RANK: 0 to 1 expected, 2 found"),
    (["RANK": ""], "RANK: 0 to 1 expected, nothing found"),
    (["RANK": "one"], "RANK: 0 to 1 expected, one found"),
    (["WORLD_SIZE": ""], "WORLD_SIZE: 1 to 1000000 expected, nothing found"),
    (["WORLD_SIZE": "0"], "WORLD_SIZE: 1 to 1000000 expected, 0 found"),
    (["MASTER_PORT": ""], "MASTER_PORT: 1 to 65535 expected, nothing found"),
    (["MASTER_PORT": "70000"], "MASTER_PORT: 1 to 65535 expected, 70000 found"),
    (["MASTER_ADDR": ""], "MASTER_ADDR: the host of rank 0 expected, nothing found"),
    (
      ["LOCAL_WORLD_SIZE": "1", "LOCAL_RANK": "1"],
      "LOCAL_RANK: 0 to 0 expected, 1 found"
    ),
    (
      ["LOCAL_WORLD_SIZE": "4"],
      "WORLD_SIZE: the number of processes, not of nodes: 4 or more by LOCAL_WORLD_SIZE, "
        + "expected, 2 found"
    ),
    (
      ["PET_NNODES": "2", "PET_NPROC_PER_NODE": "2"],
      "WORLD_SIZE: 4 processes, by PET_NNODES × PET_NPROC_PER_NODE, expected, 2 found"
    ),
    (
      ["LOCAL_RANK": "9223372036854775807"],
      "LOCAL_RANK: 0 to 1000000 expected, 9223372036854775807 found"
    ),
    (
      ["LOCAL_RANK": "99999999999999999999"],
      "LOCAL_RANK: 0 to 1000000 expected, 99999999999999999999 found"
    ),
    (
      ["LOCAL_WORLD_SIZE": "-9223372036854775808"],
      "LOCAL_WORLD_SIZE: 0 to 1000000 expected, -9223372036854775808 found"
    ),
    (
      ["PET_NNODES": "4611686018427387904", "PET_NPROC_PER_NODE": "2"],
      "PET_NNODES: 0 to 1000000 expected, 4611686018427387904 found"
    ),
    (
      ["WORLD_SIZE": "9223372036854775807"],
      "WORLD_SIZE: 1 to 1000000 expected, 9223372036854775807 found"
    ),
    (
      ["TORCHELASTIC_RESTART_COUNT": "9223372036854775807"],
      "TORCHELASTIC_RESTART_COUNT: 0 to 1000000 expected, 9223372036854775807 found"
    ),
  ])
  func inconsistencyIsNamed(_ changes: [String: String], _ sentence: String) {
    let environment = Self.torchrun.merging(changes) { $1 }
    let error = #expect(throws: TrainingError.self) {
      _ = try Placement.resolved(environment)
    }
    #expect(error?.description == sentence)
  }

  @Test(arguments: [
    (["SLURM_PROCID": "4"], "SLURM_PROCID: 0 to 3 expected, 4 found"),
    (["SLURM_PROCID": ""], "SLURM_PROCID: 0 to 3 expected, nothing found"),
    (["SLURM_NTASKS": ""], "SLURM_NTASKS: 1 to 1000000 expected, nothing found"),
    (["SLURM_LOCALID": ""], "SLURM_LOCALID: 0 to 3 expected, nothing found"),
    (["SLURM_LOCALID": "4"], "SLURM_LOCALID: 0 to 3 expected, 4 found"),
    (
      ["SLURM_NTASKS": "9223372036854775807"],
      "SLURM_NTASKS: 1 to 1000000 expected, 9223372036854775807 found"
    ),
    (
      ["SLURM_JOB_ID": "9223372036854775807"],
      "SLURM_JOB_ID: 0 to 2147483647 expected, 9223372036854775807 found"
    ),
    (
      ["SLURM_STEP_NUM_TASKS": "2"],
      "SLURM_PROCID: 0 to 1 expected, 3 found"
    ),
    (
      ["SLURM_JOB_NODELIST": ""],
      "SLURM_JOB_NODELIST: the nodes of the job, or MASTER_ADDR, expected, nothing found"
    ),
    (["MASTER_PORT": "http"], "MASTER_PORT: 1 to 65535 expected, http found"),
    (["SLURM_JOB_ID": ""], "SLURM_JOB_ID: 0 to 2147483647 expected, nothing found"),
    (
      ["SLURM_JOB_NODELIST": "node["],
      "SLURM_JOB_NODELIST: such as node[01-04,07] expected, node[ found"
    ),
  ])
  func inconsistencyOfSlurmIsNamed(_ changes: [String: String], _ sentence: String) {
    let environment = Self.slurm.merging(changes) { $1 }
    let error = #expect(throws: TrainingError.self) {
      _ = try Placement.resolved(environment)
    }
    #expect(error?.description == sentence)
  }

  @Test(arguments: [
    (Placement.Flags(rank: 2, ranks: 2, meeting: "a:1"), "--rank: 0 to 1 expected, 2 found"),
    (
      Placement.Flags(rank: 0, ranks: .max, meeting: "a:1"),
      "--ranks: 1 to 1000000 expected, 9223372036854775807 found"
    ),
    (Placement.Flags(rank: 0), "--ranks: the number of processes expected, nothing found"),
    (
      Placement.Flags(rank: 0, ranks: 2, meeting: "node"),
      "--meet-at: HOST:PORT, where rank 0 is expected, node found"
    ),
  ])
  func inconsistentFlagsAreNamed(_ flags: Placement.Flags, _ sentence: String) {
    let error = #expect(throws: TrainingError.self) {
      _ = try Placement.resolved([:], flags: flags)
    }
    #expect(error?.description == sentence)
  }
}
