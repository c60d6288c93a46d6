import Foundation
import Net2NetTraining
import Testing

@Suite struct AugmentationTests {
  /// Descriptions of runs that began before cutout and mixup were there do not name them.
  @Test func whatADescriptionDoesNotNameIsOff() throws {
    let description = Data(#"{"cropPadding": 2, "flips": true}"#.utf8)
    let augmentation = try JSONDecoder().decode(Augmentation.self, from: description)
    #expect(augmentation == Augmentation(cropPadding: 2, flips: true, cutout: 0, mixup: 0))
  }
}
