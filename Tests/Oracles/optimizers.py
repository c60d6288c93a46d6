"""Ten steps of torch.optim, one parameter at a time, without its fused kernels.

Reads a list of {rule, settings, parameters, gradients, rates}: `parameters` is a list of lists
of numbers, `gradients` one such list for each step, `rates` one learning rate for each step.
Prints the parameters after the last step, in double.
"""

import json
import sys

import torch

rules = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


def final_parameters(case):
    def tensors(lists):
        return [torch.tensor(values, dtype=torch.float64) for values in lists]

    parameters = [tensor.requires_grad_() for tensor in tensors(case["parameters"])]
    matrices, vectors = parameters[:1], parameters[1:]
    groups = [{"params": matrices}, {"params": vectors}]
    if case["sparesVectors"]:
        groups[1]["weight_decay"] = 0
    settings = case["settings"]
    if "beta1" in settings:
        settings["betas"] = (settings.pop("beta1"), settings.pop("beta2"))
    if "nesterov" in settings:
        settings["nesterov"] = settings["nesterov"] == 1
    optimizer = rules[case["rule"]](groups, foreach=False, **settings)
    for gradients, rate in zip(case["gradients"], case["rates"]):
        for parameter, gradient in zip(parameters, tensors(gradients)):
            parameter.grad = gradient
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
    return [parameter.detach().flatten().tolist() for parameter in parameters]


print(json.dumps([final_parameters(case) for case in json.load(sys.stdin)]))
