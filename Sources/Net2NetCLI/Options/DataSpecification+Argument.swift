import ArgumentParser
import Foundation
import Net2Net
import Net2NetFiles
import Net2NetTraining

/// A data set named on the command line; a misspelt one is wrong usage.
func dataSpecification(_ text: String) throws -> DataSpecification {
  do {
    return try DataSpecification(text)
  } catch {
    throw ValidationError("\(error)")
  }
}

/// The data itself. What was left out of it on request is told on standard error.
func dataSet(_ text: String) throws -> DataSet {
  let data = try dataSpecification(text).load()
  for remark in data.remarks {
    FileHandle.standardError.say("net2net: \(remark.shown(.max))\n")
  }
  return data
}

extension DataSpecification {
  /// The file that the data is in; nil for folders.
  var file: String? {
    switch source {
    case .csv(let file, _), .npz(let file, _), .text(let file, _): file
    case .fashionMNIST, .idx, .cifar10, .folder: nil
    }
  }
}
