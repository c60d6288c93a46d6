import HTTPTypes
import Net2Net
import NIOCore
import Testing

@testable import Net2NetLifelong

@Suite struct InferenceRequestTests {
  @Test func flatAndNestedDataAreTheSameTensor() throws {
    for data in ["[1,2,3,4,5,6]", "[[1,2,3],[4,5,6]]"] {
      let request = try request(input(#""shape":[2,3],"datatype":"FP32","data":\#(data)"#))
      let (name, tensor) = try #require(request.inputs.first)
      #expect(name == "x")
      #expect(tensor.elementType == .float32)
      #expect(tensor.shape == [2, 3])
      #expect(tensor.doubles() == [1, 2, 3, 4, 5, 6])
    }
  }

  @Test func keysComeInAnyOrderAndUnknownOnesArePassedOver() throws {
    let request = try request(
      #"""
      {"parameters":{"a":[null,true]},"outputs":[{"name":"y","parameters":{}}],
       "inputs":[{"data":[true,false],"datatype":"BOOL","shape":[2],"name":"x"}],"id":"7"}
      """#)
    #expect(request.id == "7")
    #expect(request.outputs == ["y"])
    #expect(request.inputs[0].tensor.doubles() == [1, 0])
  }

  @Test(arguments: Datatype.allCases)
  func everyDatatypeIsRead(_ datatype: Datatype) throws {
    let request = try request(
      input(#""shape":[2],"datatype":"\#(datatype.rawValue)","data":[0,1]"#))
    #expect(request.inputs[0].tensor.elementType == datatype.elementType)
    #expect(request.inputs[0].tensor.doubles() == [0, 1])
    #expect(Datatype(datatype.elementType) == datatype)
  }

  /// What a float prints as may be above it as a double, and still is that float.
  @Test(arguments: [
    ("FP32", "3.4028235e38", Double(Float.greatestFiniteMagnitude)),
    ("FP32", "-3.4028235677973362e38", -Double(Float.greatestFiniteMagnitude)),
    ("FP16", "65519", 65_504), ("BF16", "3.3895314e38", 0x1.FEp127),
    ("FP64", "1.7976931348623157e308", .greatestFiniteMagnitude),
    ("INT64", "9007199254740991", 0x1p53 - 1), ("UINT64", "9007199254740991", 0x1p53 - 1),
    ("INT64", "-9007199254740991", 1 - 0x1p53),
  ])
  func theLargestOfATypeIsTaken(_ type: String, _ number: String, _ value: Double) throws {
    let request = try request(input(#""shape":[1],"datatype":"\#(type)","data":[\#(number)]"#))
    #expect(request.inputs[0].tensor.doubles() == [value])
  }

  @Test(arguments: [
    ("FP32", "3.4028236e38", "3.4028236e+38 is more than FP32 holds"),
    ("FP32", "-3.4028235677973366e38", "-3.4028235677973366e+38 is more than FP32 holds"),
    ("FP16", "65520", "65520.0 is more than FP16 holds"),
    ("BF16", "3.4e38", "3.4e+38 is more than BF16 holds"),
    ("INT64", "9007199254740992", "a number beyond 2⁵³ − 1 is no INT64"),
    ("INT64", "9007199254740993", "a number beyond 2⁵³ − 1 is no INT64"),
    ("INT64", "-9007199254740993", "a number beyond 2⁵³ − 1 is no INT64"),
    ("UINT64", "18446744073709551615", "a number beyond 2⁵³ − 1 is no UINT64"),
    ("INT64", "1e300", "a number beyond 2⁵³ − 1 is no INT64"),
  ])
  func whatATypeDoesNotHoldIsRefused(_ type: String, _ number: String, _ sentence: String) {
    let failure = #expect(throws: HTTPFailure.self) {
      try request(input(#""shape":[1],"datatype":"\#(type)","data":[\#(number)]"#))
    }
    #expect(failure?.sentence == "input \"x\": " + sentence)
  }

  @Test func integersOfAnswersAreWrittenExactly() throws {
    let values: [Int64] = [.max, .min, 9_007_199_254_740_993, -1]
    let answer = InferenceAnswer(
      model: "m", version: 1, id: "\u{1B}\"\\é",
      outputs: [("y", Tensor(values, shape: [4]))])
    #expect(
      try String(buffer: answer.json())
        == #"{"model_name":"m","model_version":"1","id":"\u001b\"\\é","outputs":["#
        + #"{"name":"y","shape":[4],"datatype":"INT64","#
        + #""data":[9223372036854775807,-9223372036854775808,9007199254740993,-1]}]}"#)
  }

  static let refused: [(String, Int, String)] = [
    (
      input(#""shape":[\#(Array(repeating: "1", count: 33).joined(separator: ","))]"#), 400,
      "the body is not the JSON that is expected: at byte 96 at most 32 sizes expected, more found"
    ),
    (
      #"{"inputs":[{"name":"\#(String(repeating: "n", count: 1001))"}]}"#, 400,
      "the body is not the JSON that is expected: at byte 19 a string of at most 1000 bytes expected, a longer one found"
    ),
    (
      input(#""shape":[1],"datatype":"\#(String(repeating: "D", count: 900))","data":[1]"#), 400,
      "input \"x\": datatype \"DDDDDDDDDDDDDDDDDDDD…\" is not known; known are BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64"
    ),
    (
      "", 400,
      "the body is not the JSON that is expected: at byte 0 an object expected, the end found"
    ),
    (
      "[]", 400,
      "the body is not the JSON that is expected: at byte 0 an object expected, \"[]\" found"
    ),
    ("{}", 400, "\"inputs\": a list of tensors expected, none given"),
    (#"{"inputs":[]}"#, 400, "\"inputs\": a list of tensors expected, none given"),
    (#"{"inputs":[{}]}"#, 400, "inputs[0]: \"name\" expected, none given"),
    (
      input(#""datatype":"FP32","data":[1]"#), 400, "input \"x\": \"shape\" expected, none given"
    ),
    (input(#""shape":[1],"data":[1]"#), 400, "input \"x\": \"datatype\" expected, none given"),
    (input(#""shape":[1],"datatype":"FP32""#), 400, "input \"x\": \"data\" expected, none given"),
    (
      input(#""shape":[1],"datatype":"BYTES","data":[1]"#), 400,
      "input \"x\": datatype \"BYTES\" is not known; known are BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64"
    ),
    (
      input(#""shape":[2,2],"datatype":"FP32","data":[1,2,3]"#), 400,
      "input \"x\": shape (2, 2) needs 4 numbers, \"data\" holds 3"
    ),
    (
      input(#""shape":[4],"datatype":"FP32","data":[[1,2],[3,4]]"#), 400,
      "input \"x\": shape (4), but the lists of \"data\" are of (2, 2)"
    ),
    (
      input(#""shape":[1000000000,1000000000,1000000000],"datatype":"FP32","data":[1]"#), 413,
      "input \"x\": shape (1000000000, 1000000000, 1000000000) is of more than 100 elements, the most that is taken"
    ),
    (
      input(#""shape":[1000000000],"datatype":"FP32","data":[]"#), 413,
      "input \"x\": shape (1000000000) is of more than 100 elements, the most that is taken"
    ),
    (
      input(#""shape":[-1],"datatype":"FP32","data":[1]"#), 400,
      "the body is not the JSON that is expected: at byte 32 a size expected, \"-1],\"datatyp\" found"
    ),
    (
      input(#""shape":[1],"datatype":"UINT8","data":[256]"#), 400,
      "input \"x\": 256.0 is no UINT8"
    ),
    (input(#""shape":[1],"datatype":"INT64","data":[0.5]"#), 400, "input \"x\": 0.5 is no INT64"),
    (
      input(#""shape":[1],"datatype":"FP32","data":[1e39]"#), 400,
      "input \"x\": 1e+39 is more than FP32 holds"
    ),
    (
      input(#""shape":[3],"datatype":"FP32","data":[[1,2],[3]]"#), 400,
      "the body is not the JSON that is expected: at byte 67 lists of 2 elements, as the first expected, one of 1 found"
    ),
    (
      input(#""shape":[2,1],"datatype":"FP32","data":[1,[2]]"#), 400,
      "the body is not the JSON that is expected: at byte 65 a number, as before expected, \"[2]]}]}\" found"
    ),
    (
      input(#""shape":[2,1],"datatype":"FP32","data":[[1],2]"#), 400,
      "the body is not the JSON that is expected: at byte 67 a list, as before expected, \"2]}]}\" found"
    ),
    (
      #"{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]},{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}"#,
      400, "inputs[1]: \"x\" was given before"
    ),
    (
      #"{"inputs":[{"name":"a"},{"name":"b"},{"name":"c"},{"name":"d"}]}"#, 400,
      "the body is not the JSON that is expected: at byte 50 at most 3 inputs expected, more found"
    ),
    (
      input(#""shape":[1],"datatype":"FP32","data":[[[[[1]]]]]"#), 400,
      "the body is not the JSON that is expected: at byte 63 at most 6 lists or objects in one another expected, more found"
    ),
    (
      input(
        #""shape":[1],"datatype":"FP32","data":[\#(String(repeating: "1,", count: 100))1]"#), 400,
      "the body is not the JSON that is expected: at byte 261 at most 100 numbers expected, more found"
    ),
  ]

  @Test(arguments: refused)
  func badRequestsAreRefusedWithASentence(_ body: String, _ status: Int, _ sentence: String) {
    let failure = #expect(throws: HTTPFailure.self) { try request(body) }
    #expect(failure?.sentence == sentence)
    #expect(failure?.status.code == status)
  }

  static func input(_ rest: String) -> String { #"{"inputs":[{"name":"x",\#(rest)}]}"# }
  private func input(_ rest: String) -> String { Self.input(rest) }

  private func request(_ body: String) throws -> InferenceRequest {
    var limits = ServerLimits()
    limits.nesting = 6
    limits.tensors = 3
    limits.elements = 100
    return try Array(body.utf8).withUnsafeBytes { bytes in
      try InferenceRequest(json: bytes, limits: limits)
    }
  }
}
