// Prints the sub-commands of proxy-config, for one proxy or many; the value is the exit status.
#pragma once

#include "cli/proxy_config_views.h"
#include "xdscope/error.h"

namespace xdscope::cli {

// Of many proxies one table with a column that names them, or one object by their names. A proxy
// that does not have what is asked for is told and does not stop the others; where none has it,
// that is an error.
Result<int> run_view(const View& view, const ProxyConfigOptions& options);
// Every table of `proxy-config all`, in istioctl's order; of many proxies one after the other.
Result<int> run_all(const ProxyConfigOptions& options);

}  // namespace xdscope::cli
