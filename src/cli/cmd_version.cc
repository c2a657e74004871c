#include <fmt/format.h>

#include "cli/command.h"
#include "cli/terminal.h"
#include "xdscope/version.h"

namespace xdscope::cli {

void add_version_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("version", "Print the version");
  command->callback([&invocation] {
    invocation.run = []() -> Result<int> {
      if (auto printed = print(fmt::format("xdscope {}\n", version())); !printed) {
        return std::unexpected(printed.error());
      }
      return kExitOk;
    };
  });
}

}  // namespace xdscope::cli
