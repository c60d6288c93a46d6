import Net2NetLifelong
import Testing

@Suite struct AccuracyMatrixTests {
  /// Three tasks, learnt one after the other. By hand: the first falls from 0.9 over 0.95 to 0.6,
  /// the second from 0.8 to 0.7.
  private let sequence = AccuracyMatrix(
    rows: [[0.9, nil, nil], [0.95, 0.8, nil], [0.6, 0.7, 0.9]], taskEnds: [0, 1, 2])

  @Test func averageAccuracyIsOfTheLastRow() throws {
    #expect(abs(try #require(sequence.averageAccuracy) - 2.2 / 3) < 1e-12)
  }

  @Test func backwardTransferComparesWithWhenATaskWasLearnt() throws {
    #expect(abs(try #require(sequence.backwardTransfer) - (-0.3 - 0.1) / 2) < 1e-12)
  }

  @Test func forgettingComparesWithTheBest() throws {
    #expect(abs(try #require(sequence.forgetting) - (0.35 + 0.1) / 2) < 1e-12)
  }

  /// A task of several arrivals counts from when it is complete.
  @Test func tasksMayTakeSeveralArrivals() throws {
    let matrix = AccuracyMatrix(
      rows: [[0.99, nil], [0.9, nil], [0.85, 0.5], [0.8, 0.7]], taskEnds: [1, 3])
    #expect(abs(try #require(matrix.backwardTransfer) + 0.1) < 1e-12)
    #expect(abs(try #require(matrix.forgetting) - 0.1) < 1e-12)
  }

  /// The last arrival is none of those that it is compared with.
  @Test func whatIsBestAtTheEndHasBeenForgottenLessThanNothing() throws {
    let matrix = AccuracyMatrix(rows: [[0.6, nil], [0.8, 0.5]], taskEnds: [0, 1])
    #expect(abs(try #require(matrix.forgetting) + 0.2) < 1e-12)
    #expect(abs(try #require(matrix.backwardTransfer) - 0.2) < 1e-12)
  }

  @Test func oneArrivalHasNoTransfer() {
    let matrix = AccuracyMatrix(rows: [[0.9]], taskEnds: [0])
    #expect(matrix.averageAccuracy == 0.9)
    #expect(matrix.backwardTransfer == nil)
    #expect(matrix.forgetting == nil)
    #expect(AccuracyMatrix(taskEnds: [0]).averageAccuracy == nil)
  }
}
