import ArgumentParser
import Net2Net

/// `--only` and `--except`, for what is said of all widths or all sites.
struct FilterOptions: ParsableArguments {
  @Option(help: "Only those whose name matches this pattern, such as 'layer3.*'; repeatable.")
  var only: [String] = []

  @Option(help: "Not those whose name matches this pattern; can be given more than once.")
  var except: [String] = []

  var filter: NameFilter { NameFilter(only: only, except: except) }
}
