@testable import Net2Net
@testable import Net2NetFiles
import OrderedCollections
import Testing

/// Parameters that are grown while they are written: large enough to be cut into pieces that
/// several threads evaluate, with rows shorter and longer than a piece.
@Suite struct RewrittenPiecesTests {
  /// Distinct everywhere, and exact in float32 also when doubled or halved.
  private func tensor(_ rows: Int, _ columns: Int) -> Tensor {
    Tensor((0..<rows * columns).map { Float($0 % 65_521) }, shape: Shape([rows, columns]))
  }

  private func copies(_ axis: Int, _ count: Int, of old: Int, _ coefficient: Double) -> Rewrite.Axis
  {
    Rewrite.Axis(
      axis: axis, role: axis == 0 ? .writer : .reader,
      entries: (0..<count).map {
        Rewrite.Entry(source: $0 % old, coefficient: $0 < old ? 1 : coefficient)
      })
  }

  private func written(_ parameters: [Parameter]) async throws -> [[Double]] {
    try await withTemporaryDirectory { directory throws in
      let file = directory + "/grown.safetensors"
      try SafetensorsWriter(parameters, metadata: [:]).write(file, overwriting: false)
      let read = try StateDictionary(safetensors: file)
      return try parameters.map { try #require(read.tensors[$0.name]).doubles() }
    }
  }

  @Test(arguments: [(700, 3), (5, 100_003), (300, 1000)])
  func everyElementIsWhereItsFormulaPutsIt(rows: Int, columns: Int) async throws {
    let old = tensor(rows, columns)
    let (newRows, newColumns) = (rows * 2 + 1, columns + columns / 2)
    let rewrite = Rewrite(
      axes: [copies(0, newRows, of: rows, 2), copies(1, newColumns, of: columns, -0.5)],
      draw: Draw(seed: 0))
    let parameters = (0..<3).map {
      Parameter(name: "p\($0)", tensor: old).rewritten(by: rewrite)
    }
    let values = old.doubles()
    var expected: [Double] = []
    for row in 0..<newRows {
      for column in 0..<newColumns {
        expected.append(
          values[row % rows * columns + column % columns] * (row < rows ? 1 : 2)
            * (column < columns ? 1 : -0.5))
      }
    }
    for read in try await written(parameters) {
      // A report of how two long arrays differ takes minutes.
      let isSame = read == expected
      #expect(isSame)
    }
  }

  /// A copy of a row, or of an element of one, lies in another piece, and the noise of both has to
  /// be drawn alike there.
  @Test(arguments: [0, 1])
  func noiseOfCopiesInOtherPiecesAddsUpToZero(axis: Int) async throws {
    let (rows, columns) = (4, 90_001)
    let old = tensor(rows, columns)
    let count = axis == 0 ? rows : columns
    let rewrite = Rewrite(
      axes: [copies(axis, 2 * count, of: count, 1)],
      noise: .centred(axis: axis, scale: 0.125), draw: Draw(seed: 3))
    let read = try await written([Parameter(name: "p", tensor: old).rewritten(by: rewrite)])[0]
    let values = old.doubles()
    let width = axis == 0 ? columns : 2 * columns
    var largestSum = 0.0
    var largestNoise = 0.0
    for row in 0..<rows {
      for column in 0..<columns {
        let copy = axis == 0 ? (row + rows) * width + column : row * width + column + columns
        let value = values[row * columns + column]
        let (first, second) = (read[row * width + column] - value, read[copy] - value)
        largestSum = max(largestSum, abs(first + second))
        largestNoise = max(largestNoise, abs(first))
      }
    }
    // Rounding of values below 2¹⁷ to float32.
    #expect(largestSum <= 0x1p-7)
    #expect(largestNoise > 1000)
  }
}
