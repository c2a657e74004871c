#include "cli/listing_output.h"

#include <cerrno>
#include <cstring>

#include "base/try.h"
#include "json/document.h"
#include "json/proto_json.h"

namespace xdscope::cli {

ListingOutput::ListingOutput(bool yaml)
    : sink_(stdout),
      json_(sink_, json::JsonStyle{.escape_html = true}),
      yaml_(stdout, json::KeyOrder::kSorted),
      writer_(yaml ? static_cast<json::Writer&>(yaml_) : json_) {}

Result<void> ListingOutput::add(const Snapshot& snapshot, bool many,
                                const std::function<Result<void>(json::Writer&)>& write) {
  if (many && !in_object_) {
    in_object_ = true;
    writer_.begin_object();
  }
  if (!in_object_) return write(writer_);
  writer_.key(snapshot.name());
  auto written = write(writer_);
  if (!written) writer_.raw("null");
  return written;
}

Result<void> ListingOutput::add_whole_dump(const Snapshot& snapshot, bool many) {
  return add(snapshot, many, [&](json::Writer& writer) -> Result<void> {
    const bool is_list = snapshot.roots().size() > 1;
    if (is_list) writer.begin_array();
    for (const json::Value root : snapshot.roots()) {
      json::write_proto_json(root, writer, {.keep_type = true, .keep_names = true});
    }
    if (is_list) writer.end_array();
    return {};
  });
}

Result<void> ListingOutput::finish() {
  if (in_object_) writer_.end_object();
  if (!sink_.flush() || !yaml_.finish()) {
    return fail(ErrorCode::kInternal,
                std::string("cannot write the result: ") + std::strerror(errno), "standard output");
  }
  return {};
}

}  // namespace xdscope::cli
