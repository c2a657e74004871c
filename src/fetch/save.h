// Saved replies: a folder for each proxy, or one archive of such folders; complete or not there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "fetch/collect.h"
#include "fetch/redact.h"
#include "input/archive_writer.h"
#include "xdscope/error.h"

namespace xdscope::fetch {

struct SavedFile {
  std::string name;
  std::string path;  // of the admin port; "" for the manifest
  Buffer bytes;
};

// What is saved of one proxy, manifest.json last: when and where it was taken, the versions found
// in it, each file's size and SHA-256, what is missing and what was redacted. `taken` is in seconds
// since 1970, `context` the kubectl context asked for.
struct SavedProxy {
  std::string folder;
  std::vector<SavedFile> files;
  Redactions redactions;
};
enum class Secrets { kKeep, kRedact };
Result<SavedProxy> make_saved(const Source& source, Collected collected, Secrets secrets,
                              std::int64_t taken, const std::string& context);

// A folder's name for a proxy: its name with "_" for what has a meaning in paths.
std::string folder_name(std::string_view proxy);

enum class Existing { kRefuse, kReplace };

// Writes the folder below `parent`, which is made where there is none: files for their owner only
// (0600, folders 0700), first without a name, then all at once.
Result<void> save_folder(const std::filesystem::path& parent, const SavedProxy& proxy,
                         Existing existing);

// A .tar.gz of such folders that appears under its name when it is complete.
class SavedArchive {
 public:
  static Result<std::unique_ptr<SavedArchive>> create(const std::filesystem::path& path,
                                                      std::int64_t time, Existing existing);
  ~SavedArchive();
  SavedArchive(const SavedArchive&) = delete;
  SavedArchive& operator=(const SavedArchive&) = delete;

  Result<void> add(const SavedProxy& proxy);
  Result<void> finish();

 private:
  struct State;
  explicit SavedArchive(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace xdscope::fetch
