"""Networks over tokens from transformers, with small random configurations."""

import torch

import vision  # noqa: F401, transformers loads torchvision, which needs its help first
from transformers import BertConfig, BertModel, GPT2Config, GPT2LMHeadModel

VOCABULARY, LENGTH = 97, 16


class Only(torch.nn.Module):
    """One of the results that a model of transformers returns."""

    def __init__(self, model, result):
        super().__init__()
        self.model = model
        self.result = result

    def forward(self, ids):
        return getattr(self.model(ids), self.result)


def bert():
    config = BertConfig(
        vocab_size=VOCABULARY, hidden_size=48, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=96, max_position_embeddings=32)
    return Only(BertModel(config), "last_hidden_state")


def gpt2():
    config = GPT2Config(
        vocab_size=VOCABULARY, n_positions=32, n_embd=48, n_layer=2, n_head=4, use_cache=False)
    return Only(GPT2LMHeadModel(config), "logits")


NETWORKS = {"bert": bert, "gpt2": gpt2}


def tokens(count):
    return torch.randint(0, VOCABULARY, (count, LENGTH))
