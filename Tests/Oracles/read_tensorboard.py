"""What TensorBoard's own backend makes of a folder of event files, as JSON.

Usage: read_tensorboard.py DIR

{"scalars": {run: {tag: [[step, value], …]}}, "texts": {run: {tag: [[step, text], …]}},
 "sessions": [{"name", "status", "hparams": {…}, "metrics": {tag: value}}, …]}
The sessions are the rows of the HParams plugin's table.
"""

import json
import sys

from tensorboard import context
from tensorboard.backend.event_processing import data_provider, plugin_event_accumulator
from tensorboard.backend.event_processing import plugin_event_multiplexer
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups
from tensorboard.util import tensor_util

folder = sys.argv[1]
runs = plugin_event_multiplexer.EventMultiplexer(
    size_guidance={plugin_event_accumulator.TENSORS: 0},
    tensor_size_guidance={"scalars": 0, "text": 0})
runs.AddRunsFromDirectory(folder)
runs.Reload()


def values(plugin, read):
    """By run and tag, the steps and values that a plugin shows."""
    found = {}
    for run in runs.Runs():
        events = runs.GetAccumulator(run)
        try:
            tags = events.PluginTagToContent(plugin)
        except KeyError:
            continue
        found[run] = {tag: [[event.step, read(tensor_util.make_ndarray(event.tensor_proto))]
                            for event in events.Tensors(tag)] for tag in tags}
    return found


provider = data_provider.MultiplexerDataProvider(runs, folder)
backend = backend_context.Context(base_plugin.TBContext(data_provider=provider, logdir=folder))
statuses = [api_pb2.Status.Value(name) for name in
            ("STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING")]
request = api_pb2.ListSessionGroupsRequest(
    start_index=0, slice_size=100, allowed_statuses=statuses, include_metrics=True)
groups = list_session_groups.Handler(
    context.RequestContext(), backend, experiment_id="", request=request).run().session_groups


def plain(value):
    return getattr(value, value.WhichOneof("kind"))


print(json.dumps({
    "scalars": values("scalars", lambda array: float(array)),
    "texts": values("text", lambda array: array.reshape(-1)[0].decode()),
    "sessions": [{
        "name": group.sessions[0].name,
        "status": api_pb2.Status.Name(group.sessions[0].status),
        "hparams": {name: plain(value) for name, value in group.hparams.items()},
        "metrics": {metric.name.tag: metric.value
                    for metric in group.sessions[0].metric_values if metric.name.group == ""},
    } for group in groups],
}))
