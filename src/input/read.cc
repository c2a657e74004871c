#include "input/read.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <zlib.h>

#include "base/try.h"
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
  const bool is_gzip = bytes.size() > 2 && static_cast<unsigned char>(bytes.data()[0]) == 0x1f &&
                       static_cast<unsigned char>(bytes.data()[1]) == 0x8b;
  if (!is_gzip) return bytes;
  const auto broken = [&](const char* reason) {
    return fail(ErrorCode::kInput, fmt::format("broken gzip data: {}", reason), name,
                "take the file again: it was changed or cut off on its way");
  };
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return out_of_memory(name);
  struct End {
    z_stream* stream;
    ~End() { inflateEnd(stream); }
  } const end{&stream};

  Buffer out;
  std::size_t written = 0;
  std::size_t read_so_far = 0;
  constexpr std::size_t kStep = std::size_t{1} << 20;
  int status = Z_OK;
  while (read_so_far < bytes.size() || status != Z_STREAM_END) {
    if (status == Z_STREAM_END) {
      if (inflateReset(&stream) != Z_OK) return broken("no further member");
      status = Z_OK;
    }
    if (written == out.capacity() || out.data() == nullptr) {
      if (!out.reserve(std::max(bytes.size() * 4, written + written / 2) + kStep)) {
        return out_of_memory(name);
      }
    }
    const std::size_t input = std::min<std::size_t>(bytes.size() - read_so_far, 1u << 30);
    const std::size_t room = std::min<std::size_t>(out.capacity() - written, 1u << 30);
    stream.next_in = reinterpret_cast<Bytef*>(bytes.data() + read_so_far);
    stream.avail_in = static_cast<uInt>(input);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + written);
    stream.avail_out = static_cast<uInt>(room);
    status = inflate(&stream, Z_NO_FLUSH);
    read_so_far += input - stream.avail_in;
    written += room - stream.avail_out;
    if (written > limit) {
      return fail(ErrorCode::kInput, fmt::format("unpacks to more than {} MiB", limit >> 20), name,
                  "if it is to be trusted, raise --max-unpacked-size");
    }
    if (status == Z_BUF_ERROR && read_so_far == bytes.size()) return broken("it ends too early");
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      return broken(stream.msg != nullptr ? stream.msg : "not readable");
    }
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
