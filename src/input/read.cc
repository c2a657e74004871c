#include "input/read.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/try.h"
#include "input/inflate_stream.h"
#include "input/looks_like.h"
#include "input/yaml_to_json.h"

namespace xdscope {
namespace {

class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      : fd_(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Descriptor() {
    if (fd_ > STDIN_FILENO) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> system_error(const std::string& what, const std::string& path) {
  const std::string reason = std::strerror(errno);
  const std::string hint = errno == ENOENT ? "check the path" : "";
  return fail(ErrorCode::kInput, fmt::format("{}: {}", what, reason), path, hint);
}

std::unexpected<Error> out_of_memory(const std::string& path) {
  return fail(ErrorCode::kInput, "not enough memory to read it", path);
}

}  // namespace

Result<Buffer> read_file(const std::string& path) {
  const std::string shown = path == "-" ? "standard input" : path;
  const Descriptor file(path);
  if (file.get() < 0) return system_error("cannot open", shown);
  struct stat info {};
  if (fstat(file.get(), &info) != 0) return system_error("cannot read", shown);
  if (S_ISDIR(info.st_mode)) {
    errno = EISDIR;
    return system_error("cannot read", shown);
  }
  if (S_ISREG(info.st_mode)) {
    XDSCOPE_TRY(json::Document::check_size(static_cast<std::size_t>(info.st_size), shown));
    if (auto mapped = Buffer::map(file.get(), static_cast<std::size_t>(info.st_size))) {
      return std::move(*mapped);
    }
  }
  Buffer buffer;
  constexpr std::size_t kStep = std::size_t{1} << 20;
  std::size_t wanted = S_ISREG(info.st_mode) ? static_cast<std::size_t>(info.st_size) + 1 : kStep;
  std::size_t size = 0;
  while (true) {
    if (!buffer.reserve(wanted)) return out_of_memory(shown);
    const ssize_t got = read(file.get(), buffer.data() + size, buffer.capacity() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", shown);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    XDSCOPE_TRY(json::Document::check_size(size, shown));
    if (size == buffer.capacity()) wanted = size + size / 2 + kStep;
  }
  buffer.set_size(size);
  return buffer;
}

Result<Buffer> gunzip(Buffer bytes, const std::string& name, std::uint64_t limit) {
  if (!is_gzip(bytes.view())) return bytes;
  InflateStream stream(bytes.view(), name);
  Buffer out;
  std::size_t written = 0;
  constexpr std::size_t kStep = std::size_t{1} << 20;
  while (true) {
    if (!out.reserve(std::max(bytes.size() * 4, written + written / 2) + kStep)) {
      return out_of_memory(name);
    }
    const std::size_t room = out.capacity() - written;
    XDSCOPE_TRY_ASSIGN(const std::size_t got, stream.read(out.data() + written, room));
    written += got;
    if (written > limit) {
      return fail(ErrorCode::kInput, fmt::format("unpacks to more than {} MiB", limit >> 20), name,
                  "if it is to be trusted, raise --max-unpacked-size");
    }
    if (got < room) break;
  }
  out.set_size(written);
  return out;
}

Result<std::unique_ptr<json::Document>> read_document(Buffer bytes, const std::string& name,
                                                      std::uint64_t limit) {
  XDSCOPE_TRY_ASSIGN(Buffer text, gunzip(std::move(bytes), name, limit));
  XDSCOPE_TRY(json::Document::check_size(text.size(), name));
  if (text.view().find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return fail(ErrorCode::kInput, "the file is empty", name,
                "take the dump again: curl -s localhost:15000/config_dump?include_eds");
  }
  if (looks_like_json(text.view())) return json::Document::parse(std::move(text), name);
  XDSCOPE_TRY_ASSIGN(Buffer converted, yaml_to_json(text.view(), name));
  text = Buffer();
  return json::Document::parse(std::move(converted), name);
}

}  // namespace xdscope
