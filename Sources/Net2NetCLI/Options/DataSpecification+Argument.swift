import ArgumentParser
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
