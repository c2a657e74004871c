// Standard output as one JSON or YAML document, for one proxy or many.
#pragma once

#include <functional>
#include <memory>

#include "json/json_writer.h"
#include "json/yaml_writer.h"
#include "xdscope/error.h"
#include "xdscope/snapshot.h"

namespace xdscope::cli {

class ListingOutput {
 public:
  explicit ListingOutput(bool yaml);

  // What `write` writes; for many proxies as the member of an object, under the proxy's name: null
  // for one of which it fails, which it does before it writes anything.
  Result<void> add(const Snapshot& snapshot, bool many,
                   const std::function<Result<void>(json::Writer&)>& write);
  // The dump as it was read, private keys redacted; a list, where it was read from several parts.
  Result<void> add_whole_dump(const Snapshot& snapshot, bool many);
  // Ends the document; an error where the output could not be written.
  Result<void> finish();

 private:
  json::TextSink sink_;
  json::JsonWriter json_;
  json::YamlWriter yaml_;
  json::Writer& writer_;
  bool in_object_ = false;
};

}  // namespace xdscope::cli
