import Net2Net

extension OperatorCase {
  private static func integers(_ values: [Int64], _ shape: Shape) -> Tensor {
    Tensor(values, shape: shape)
  }

  private static func truths(_ values: [Double], _ shape: Shape) -> Tensor {
    Tensor(elementType: .bool, shape: shape) { values[$0] }
  }

  static let gathers = [
    OperatorCase(
      "gather with two axes of indices", .gather(Gather(axis: 1)),
      [.drawn([2, 5, 3], seed: 1), integers([4, 0, -1, 2], [2, 2])],
      code: "y = a[:, b]"),
    OperatorCase(
      "gather by one number", .gather(Gather(axis: -1)),
      [.drawn([2, 3], seed: 1), integers([-3], [])], code: "y = a[:, 0]"),
    OperatorCase(
      "gather of integers", .gather(Gather()),
      [integers([3, 1 << 60, 5], [3]), integers([1, 1, 2], [3])], code: "y = a[b]"),
    OperatorCase(
      "gather elements", .gatherElements(GatherElements(axis: 1)),
      [.drawn([2, 3], seed: 1), integers([0, 0, -1, 1], [2, 2])],
      code: "y = torch.gather(a, 1, b % 3)"),
    OperatorCase(
      "gather by coordinates", .gatherND(GatherND()),
      [.drawn([2, 3, 4], seed: 1), integers([1, 2, 0, -1, 0, 0], [3, 2])],
      code: "y = a[b[:, 0], b[:, 1]]"),
    OperatorCase(
      "gather by coordinates within a batch", .gatherND(GatherND(batchAxes: 1)),
      [.drawn([2, 3, 4], seed: 1), integers([2, 0, 1, -1], [2, 2, 1])],
      code: "y = torch.stack([a[0][b[0, :, 0]], a[1][b[1, :, 0]]])"),
    OperatorCase(
      "scatter by coordinates", .scatterND(ScatterND()),
      [.drawn([4, 3], seed: 1), integers([3, -4], [2, 1]), .drawn([2, 3], seed: 2)],
      code: "y = a.clone()\ny[3] = c[0]\ny[0] = c[1]"),
  ]

  static let slices = [
    OperatorCase(
      "slice of two axes",
      .slice(
        Slice([
          Slice.Cut(axis: 1, start: 1, count: 2), Slice.Cut(axis: 2, start: 1, count: 3, step: 2),
        ])), [[2, 4, 7]], code: "y = a[:, 1:3, 1:7:2]"),
    OperatorCase(
      "slice backwards", .slice(Slice([Slice.Cut(axis: 1, start: 4, count: 2, step: -3)])),
      [[2, 6]], code: "y = a[:, [4, 1]]"),
    OperatorCase(
      "empty slice", .slice(Slice([Slice.Cut(axis: 1, start: 0, count: 0)])), [[2, 6]],
      code: "y = a[:, 0:0]"),
    OperatorCase(
      "expand", .expand(Expand(target: [2, 1, 3])), [[4, 1]], code: "y = a.expand(2, 4, 3)"),
    OperatorCase(
      "expand to fewer axes", .expand(Expand(target: [3])), [[2, 4, 1]],
      code: "y = a.expand(2, 4, 3)"),
  ]

  private static func comparison(_ function: Comparison.Function, _ sign: String) -> OperatorCase {
    OperatorCase(
      function.rawValue, .comparison(Comparison(function)),
      [integers([1, 2, 3, 4], [2, 2]), integers([2, 3], [2])], code: "y = a \(sign) b")
  }

  private static func logic(_ function: Comparison.Function, _ sign: String) -> OperatorCase {
    OperatorCase(
      function.rawValue, .comparison(Comparison(function)),
      [truths([0, 0, 1, 1], [2, 2]), truths([0, 1], [2])], code: "y = a \(sign) b")
  }

  static let comparisons = [
    comparison(.equal, "=="), comparison(.less, "<"), comparison(.lessOrEqual, "<="),
    comparison(.greater, ">"), comparison(.greaterOrEqual, ">="),
    logic(.and, "&"), logic(.or, "|"), logic(.exclusiveOr, "^"),
    OperatorCase(
      "not", .predicate(Predicate(.not)), [truths([0, 1], [2])], code: "y = ~a"),
    OperatorCase("not a number", .predicate(Predicate(.isNaN)), [[4]], code: "y = a.isnan()"),
    OperatorCase(
      "infinity", .predicate(Predicate(.isInfinite(positive: true, negative: true))), [[4]],
      code: "y = a.isinf()"),
    OperatorCase(
      "choice", .selection(Selection()),
      [truths([1, 0, 1], [3]), .drawn([2, 1], seed: 1), .drawn([], seed: 2)],
      code: "y = torch.where(a, b, c)"),
    OperatorCase(
      "cast towards zero", .cast(Cast(to: .int64)),
      [Tensor([1.9, -1.9, 0, 7] as [Double], shape: [4])], code: "y = a.long()"),
    OperatorCase(
      "cast to truth", .cast(Cast(to: .bool)),
      [Tensor([0.1, 0, -2] as [Double], shape: [3])], code: "y = a.bool()"),
    OperatorCase(
      "cast to real", .cast(Cast(to: .float32)), [integers([3, -4], [2])], code: "y = a.float()"),
  ]

  private static func pad(_ mode: Pad.Mode, code: String, value: Double = 0) -> OperatorCase {
    OperatorCase(
      "pad, \(mode)",
      .pad(Pad(mode, begins: [0, 1, 2], ends: [0, 0, 1], value: value)), [[2, 3, 4]], code: code)
  }

  private static let three = integers([5, 1, 2, 3, 7, 7], [2, 3])

  static let positional = [
    pad(.constant, code: "y = F.pad(a, (2, 1, 1, 0), value=0.5)", value: 0.5),
    pad(
      .reflect, code: "y = torch.cat((a[:, [1]], a), 1)\ny = y[:, :, [2, 1, 0, 1, 2, 3, 2]]"),
    pad(.edge, code: "y = torch.cat((a[:, [0]], a), 1)\ny = y[:, :, [0, 0, 0, 1, 2, 3, 3]]"),
    pad(.wrap, code: "y = torch.cat((a[:, [2]], a), 1)\ny = y[:, :, [2, 3, 0, 1, 2, 3, 0]]"),
    OperatorCase(
      "pad of integers", .pad(Pad(begins: [0, 1], ends: [1, 0], value: -1)), [three],
      code: "y = F.pad(a, (1, 0, 0, 1), value=-1)"),
    OperatorCase(
      "reflected far beyond the border",
      .pad(Pad(.reflect, begins: [4], ends: [3])), [[2]], code: "y = a[[0, 1, 0, 1, 0, 1, 0, 1, 0]]"
    ),
    OperatorCase(
      "reflected single entry", .pad(Pad(.reflect, begins: [1], ends: [1])), [[1]],
      code: "y = a[[0, 0, 0]]"),
    OperatorCase(
      "tile", .tile(Tile(repeats: [1, 3, 2])), [[2, 2, 3]], code: "y = a.tile(1, 3, 2)"),
    OperatorCase(
      "sum so far", .cumulativeSum(CumulativeSum(axis: -1)), [three], code: "y = a.cumsum(1)"),
    OperatorCase(
      "sum before", .cumulativeSum(CumulativeSum(axis: 0, isExclusive: true)), [[3, 2]],
      code: "y = torch.stack((a[0] * 0, a[0], a[0] + a[1]))"),
    OperatorCase(
      "sum from the end", .cumulativeSum(CumulativeSum(axis: 1, isReversed: true)), [[2, 3]],
      code: "y = a.flip(1).cumsum(1).flip(1)"),
    OperatorCase(
      "sum behind",
      .cumulativeSum(CumulativeSum(axis: 1, isExclusive: true, isReversed: true)), [three],
      code: "y = torch.stack((a[:, 1] + a[:, 2], a[:, 2], a[:, 2] * 0), 1)"),
    OperatorCase("upper triangle", .triangle(Triangle()), [[2, 3, 4]], code: "y = a.triu()"),
    OperatorCase(
      "lower triangle", .triangle(Triangle(isUpper: false, diagonal: -1)), [[3, 3]],
      code: "y = a.tril(-1)"),
    OperatorCase(
      "place of the largest", .extremePlace(ExtremePlace(.largest, axis: -1)), [[3, 7]],
      code: "y = a.argmax(1, True)"),
    OperatorCase(
      "place of the first of equals",
      .extremePlace(ExtremePlace(.largest, axis: 1, keepsAxis: false)), [three],
      code: "y = torch.tensor([0, 1])"),
    OperatorCase(
      "place of the last of equals",
      .extremePlace(ExtremePlace(.largest, axis: 1, keepsAxis: false, prefersLast: true)),
      [three], code: "y = torch.tensor([0, 2])"),
    OperatorCase(
      "place of the smallest", .extremePlace(ExtremePlace(.smallest, axis: 0)), [[3, 7]],
      code: "y = a.argmin(0, True)"),
    OperatorCase(
      "one-hot", .oneHot(OneHot(depth: 4, off: -1, on: 2)),
      [integers([0, 3, -1, 4, -5], [5])],
      code: "y = torch.full((5, 4), -1.0)\ny[[0, 1, 2], [0, 3, 3]] = 2"),
    OperatorCase(
      "one-hot in front", .oneHot(OneHot(axis: 0, depth: 3, elementType: .int64)),
      [integers([2, 0], [1, 2])], code: "y = F.one_hot(a, 3).permute(2, 0, 1)"),
    OperatorCase("range", .range(CountingRange(limit: 5)), [[1]], code: "y = torch.arange(5)"),
    OperatorCase(
      "sizes", .sizeList(SizeList([2, 3])), [[1]], code: "y = torch.tensor([2, 3])"),
  ]
}
