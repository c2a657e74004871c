// `xdscope fetch`: saves what admin ports say as files that the other commands read.
#include <memory>

#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"
#include "cli/clock.h"
#include "cli/command.h"
#include "cli/fetch_options.h"
#include "cli/terminal.h"
#include "fetch/save.h"

namespace xdscope::cli {
namespace {

struct Options {
  FetchOptions fetch;
  std::string folder;
  std::string archive;
  bool redact = false;
  bool overwrite = false;
};

Result<void> check(const Options& options) {
  if (!options.fetch.given()) {
    return fail(ErrorCode::kUsage,
                "fetch requires a pod, --selector, --all-namespaces or --admin-url", {},
                "for example: xdscope fetch productpage-v1-abc.shop -d dumps");
  }
  if (options.folder.empty() && options.archive.empty()) {
    return fail(ErrorCode::kUsage, "fetch requires a place to save in", {},
                "-d DIR or --archive FILE.tar.gz");
  }
  return {};
}

Result<void> tell(const Options& options, const fetch::SavedProxy& saved) {
  std::size_t bytes = 0;
  for (const fetch::SavedFile& file : saved.files) bytes += file.bytes.size();
  const std::string place = options.folder.empty() ? options.archive + ":" : options.folder + "/";
  XDSCOPE_TRY(print(fmt::format("{}{}: {} files, {} bytes\n", printable(place), saved.folder,
                                saved.files.size(), bytes)));
  for (const auto& [field, count] : saved.redactions) {
    XDSCOPE_TRY(print(fmt::format("  redacted: {}, {} {}\n", printable(field), count,
                                  count == 1 ? "value" : "values")));
  }
  return {};
}

Result<int> run_fetch(const Options& options) {
  XDSCOPE_TRY(check(options));
  XDSCOPE_TRY_ASSIGN(const std::int64_t now, current_time());
  const auto secrets = options.redact ? fetch::Secrets::kRedact : fetch::Secrets::kKeep;
  const auto existing = options.overwrite ? fetch::Existing::kReplace : fetch::Existing::kRefuse;
  std::unique_ptr<fetch::SavedArchive> archive;
  if (!options.archive.empty()) {
    XDSCOPE_TRY_ASSIGN(archive, fetch::SavedArchive::create(options.archive, now, existing));
  }
  const auto save = [&](const fetch::Source& source, fetch::Collected collected) -> Result<void> {
    for (const Error& missing : collected.missing) {
      warn(fmt::format("{}: {}; left out", printable(missing.where), printable(missing.message)));
    }
    XDSCOPE_TRY_ASSIGN(auto saved, fetch::make_saved(source, std::move(collected), secrets, now,
                                                     options.fetch.kubectl.context));
    if (!options.folder.empty()) XDSCOPE_TRY(fetch::save_folder(options.folder, saved, existing));
    if (archive) XDSCOPE_TRY(archive->add(saved));
    return tell(options, saved);
  };
  XDSCOPE_TRY(options.fetch.collect(fetch::everything(), save));
  if (archive) XDSCOPE_TRY(archive->finish());
  return kExitOk;
}

}  // namespace

void add_fetch_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("fetch", "Save what proxies' admin ports say, as files");
  auto options = std::make_shared<Options>();
  options->fetch.add_to(*command);
  command
      ->add_option("-d,--directory", options->folder,
                   "Folder to save in, a subfolder for each proxy")
      ->type_name("DIR");
  command->add_option("--archive", options->archive, "Save in one archive instead, or as well")
      ->type_name("FILE.tar.gz");
  command->add_flag(
      "--redact", options->redact,
      "Take out secrets, tokens, certificates' bodies and environment values, and say so");
  command->add_flag("--overwrite", options->overwrite, "Replace what was saved there before");
  command->callback(
      [options, &invocation] { invocation.run = [options] { return run_fetch(*options); }; });
}

}  // namespace xdscope::cli
