import ArgumentParser
import Foundation
import Net2Net
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
    FileHandle.standardError.say("net2net: \(remark)\n")
  }
  return data
}
