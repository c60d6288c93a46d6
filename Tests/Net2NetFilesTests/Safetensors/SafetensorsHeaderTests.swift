import Foundation
import Net2Net
import Net2NetFiles
import OrderedCollections
import Testing

@Suite struct SafetensorsHeaderTests {
  /// A file: header text, number of data bytes, and what its refusal says (nil: it is read).
  struct Case: CustomTestStringConvertible {
    let header: String
    let dataCount: Int
    let complaint: String?

    init(_ header: String, _ dataCount: Int, _ complaint: String? = nil) {
      self.header = header
      self.dataCount = dataCount
      self.complaint = complaint
    }

    var testDescription: String { header }
  }

  static func one(
    dtype: String = "\"F32\"", shape: String = "[2]", offsets: String = "[0,8]", extra: String = ""
  ) -> String {
    "{\"x\":{\"dtype\":\(dtype),\"shape\":\(shape),\"data_offsets\":\(offsets)\(extra)}}"
  }

  /// What the reference reader accepts, surprises included.
  static let accepted = [
    Case("{}", 0), Case(" \n\t\r{ }  ", 0), Case("{\"__metadata__\":null}", 0),
    Case("{\"__metadata__\":{\"a\":\"b\",\"a\":\"c\"}}", 0),
    Case(one(), 8), Case(one(shape: "[]", offsets: "[0,4]"), 4),
    Case(one(shape: "[0,3]", offsets: "[0,0]"), 0),
    Case(one(shape: "[0,9223372036854775807]", offsets: "[0,0]"), 0),
    Case(one(extra: ",\"note\":[1e5,-0.5,{\"deep\":[null,true,false]}]"), 8),
    Case("{\"\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1),
    Case("{\"a\\u0000b\":{\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1),
    Case("{\"\\ud83e\\udde0\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1),
    // Not in the order of their offsets, and not aligned.
    Case(
      "{\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[1,5]},"
        + "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 5),
  ]

  static let refused = [
    Case("", 0, "a safetensors file expected, nothing but zero bytes found"),
    Case("[]", 0, "the header at byte 8: an object expected, \"[]\" found"),
    Case("\u{FEFF}{}", 0, "an object expected"),
    Case("{}\0", 0, "the header at byte 10: the end expected, more text found"),
    Case("{\"x\":1}", 0, "an object expected, \"1}\" found"),
    Case("{\"x\"}", 0, "a colon expected"), Case("{\"x\":{},}", 0, "a string expected"),
    Case("{\"__metadata__\":{\"a\":1}}", 0, "a string expected, \"1}}\" found"),
    Case("{\"x\":{}}", 0, "tensor \"x\": dtype, shape and data_offsets expected"),
    Case(one(dtype: "\"f32\""), 8, "a known dtype expected, \"f32\" found"),
    Case(one(dtype: "7"), 8, "a string expected"),
    Case(one(shape: "[2.0]"), 8, "a size in decimal digits expected"),
    Case(one(shape: "[2e0]"), 8, "a size in decimal digits expected"),
    Case(one(shape: "[02]"), 8, "a size in decimal digits expected"),
    Case(one(shape: "[-2]"), 8, "a size in decimal digits expected"),
    Case(one(shape: "[\"2\"]"), 8, "a size in decimal digits expected"),
    Case(
      one(shape: "[0,18446744073709551615,2]", offsets: "[0,0]"), 0, "a size below 2⁶³ expected"),
    Case(
      one(shape: "[4294967296,4294967296]"), 8,
      "a shape that memory can hold expected, [4294967296, 4294967296] found"),
    Case(
      one(shape: "[0,4294967296,4294967296]", offsets: "[0,0]"), 0,
      "a shape that memory can hold expected"),
    Case(one(shape: "[2305843009213693951]"), 8, "a shape that memory can hold expected"),
    Case(one(shape: "[3]"), 8, "12 bytes for its shape and type expected, 8 found"),
    Case(one(dtype: "\"F4\"", shape: "[1]", offsets: "[0,1]"), 1, "1 bytes for its shape"),
    Case(one(offsets: "[0]"), 8, "data_offsets [begin, end] expected, [0] found"),
    Case(one(offsets: "[0,8,8]"), 8, "data_offsets [begin, end] expected"),
    Case(one(offsets: "[8,0]"), 8, "data_offsets [begin, end] expected"),
    Case(one(offsets: "[4,12]"), 12, "its data at offset 0 expected, 4 found"),
    Case(one(extra: ",\"dtype\":\"F32\""), 8, "one \"dtype\" expected, another found"),
    Case(one(), 4, "the tensors: 70 bytes expected, the file has 66"),
    Case(one(), 9, "70 bytes with the header expected, a file of 71 found"),
    Case("{\"a\\ud800\":{}}", 0, "a character expected, half a surrogate pair found"),
    Case("{\"a\\x\":{}}", 0, "a known escape expected"),
    Case("{\"a\u{1}\":{}}", 0, "an escaped control character expected"),
    Case("{\"x", 0, "the string's end expected"),
    Case(one(extra: ",\"n\":" + String(repeating: "[", count: 200)), 8, "at most 127 nested"),
    Case(one(extra: ",\"n\":01"), 8, "a value expected"),
    Case(one(extra: ",\"n\":tru"), 8, "a value expected"),
    Case(
      one(dtype: "\"F8_E4M3\"", shape: "[8]"), 8,
      "tensor \"x\": elements of type F8_E4M3; convert them to F32, F16 or BF16"),
    // Two tensors of one name, at last spelt in two ways.
    Case(
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
        + "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
      "each name once expected, \"a\" again found"),
    Case(
      "{\"\\u00e9\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
        + "\"e\\u0301\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", 2,
      "each name once expected"),
    // The second tensor overlaps the first.
    Case(
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
        + "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}", 3,
      "tensor \"b\": its data at offset 2 expected, 1 found"),
  ]

  @Test(arguments: accepted) func whatTheReferenceAcceptsIsRead(_ sample: Case) async throws {
    try await withFile(Self.bytes(sample)) { _ = try StateDictionary(safetensors: $0) }
  }

  @Test(arguments: refused) func unsoundHeadersAreRefusedInOneSentence(
    _ sample: Case
  ) async throws {
    try await withFile(Self.bytes(sample)) { file in
      let error = #expect(throws: FilesError.self) { try StateDictionary(safetensors: file) }
      let sentence = error?.description ?? ""
      #expect(sentence.hasPrefix(file + ": "))
      #expect(sentence.contains(sample.complaint ?? "-"))
    }
  }

  /// 640 is 80 02 in hexadecimal bytes, as a pickle begins; 35615 is 1F 8B, as gzip does.
  @Test(arguments: [640, 896, 35615]) func lengthThatLooksLikeAnotherFormatIsALength(
    _ length: Int
  ) async throws {
    let header = Self.one() + String(repeating: " ", count: length - Self.one().utf8.count)
    try await withFile(Self.bytes(Case(header, 8))) { file throws in
      #expect(try StateDictionary(safetensors: file).tensors.count == 1)
    }
  }

  @Test func lyingLengthsAreRefused() async throws {
    let cases: [([UInt8], String)] = [
      ([1, 0, 0], "the header's length: 8 bytes expected, the file has 3"),
      ([200, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], "the header: 208 bytes expected, the file has 10"),
      (
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7B, 0x7D],
        "the header: at most 100000000 bytes expected, 18446744073709551615 found"
      ),
      ([2, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFE], "the header: UTF-8 expected"),
    ]
    for (bytes, complaint) in cases {
      try await withFile(bytes) { file in
        let error = #expect(throws: FilesError.self) { try StateDictionary(safetensors: file) }
        #expect(error?.description.contains(complaint) == true)
      }
    }
  }

  @Test func fileTruncatedAtAnyByteIsRefused() async throws {
    let bytes = Self.bytes(Case(Self.one(), 8))
    for count in bytes.indices {
      try await withFile(Array(bytes[..<count])) { file in
        #expect(throws: FilesError.self) { try StateDictionary(safetensors: file) }
      }
    }
  }

  @Test func aFlippedBitIsReadOrRefusedButNeverTraps() async throws {
    let bytes = Self.bytes(Case(Self.one(), 8))
    var refusals = 0
    for index in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << bit
        try await withFile(damaged) { file in
          do { _ = try StateDictionary(safetensors: file) } catch is FilesError { refusals += 1 }
        }
      }
    }
    #expect(refusals > bytes.count * 4)
  }

  static func bytes(_ sample: Case) -> [UInt8] {
    let header = Array(sample.header.utf8)
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
      + [UInt8](repeating: 0x3F, count: sample.dataCount)
  }
}
