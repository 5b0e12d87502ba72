-- wrk script: each request carries a message of its own, or a batch of them.
-- Arguments after `--`: API key, messages a batch (0: single ones).

local serial = 0
local batch = 0

function init(arguments)
    wrk.method = "POST"
    wrk.headers["Authorization"] = "Bearer " .. arguments[1]
    wrk.headers["Content-Type"] = "application/json"
    batch = tonumber(arguments[2])
end

local function message()
    serial = serial + 1
    return string.format('{"to":"+8490%07d","text":"Your code is %06d"}', serial % 10000000, serial % 1000000)
end

function request()
    if batch == 0 then
        return wrk.format(nil, "/api/v1/messages", nil, message())
    end
    local messages = {}
    for i = 1, batch do
        messages[i] = message()
    end
    return wrk.format(nil, "/api/v1/messages/batch", nil, '{"messages":[' .. table.concat(messages, ",") .. "]}")
end

function done(summary, latency)
    local errors = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write
        + summary.errors.timeout
    print(string.format("simgate-rate %.1f", (summary.requests - summary.errors.status) / summary.duration * 1e6))
    print(string.format("simgate-p50 %.3f", latency:percentile(50) / 1000))
    print(string.format("simgate-p99 %.3f", latency:percentile(99) / 1000))
    print(string.format("simgate-errors %d", errors))
end
