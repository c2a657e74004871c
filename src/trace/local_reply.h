// HttpConnectionManager.local_reply_config: what becomes of the answers that Envoy gives itself
// (envoy: source/common/local_reply/local_reply.cc, source/common/access_log/access_log_impl.cc).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/request.h"
#include "trace/runtime.h"
#include "trace/verdict.h"
#include "xdscope/snapshot.h"

namespace xdscope::trace {

class LocalReply {
 public:
  LocalReply() = default;
  LocalReply(json::Value config, const Runtime& runtime, Version envoy);

  struct Rewritten {
    std::uint32_t code = 0;
    std::string why;      // "" where no mapper changes the code
    std::string unknown;  // why another code is possible
  };
  // The first mapper whose filter lets the reply pass decides. `flags` and `details` as in the
  // access log.
  Rewritten rewrite(const HttpRequest& request, std::uint32_t code, std::string_view flags,
                    std::string_view details) const;

 private:
  struct Reply;
  Verdict passes(json::Value filter, const Reply& reply) const;
  Verdict compares(json::Value comparison, std::uint32_t code) const;

  std::vector<json::Value> mappers_;
  const Runtime* runtime_ = nullptr;
  Version envoy_;
};

}  // namespace xdscope::trace
