"""Networks over tokens from transformers, with small random configurations."""

import torch

import vision  # noqa: F401, transformers loads torchvision, which needs its help first
from transformers import (
    BertConfig, BertForSequenceClassification, BertModel, GPT2Config, GPT2LMHeadModel
)

VOCABULARY, LENGTH = 97, 16


class Only(torch.nn.Module):
    """One of the results that a model of transformers returns."""

    def __init__(self, model, result):
        super().__init__()
        self.model = model
        self.result = result

    def forward(self, ids):
        return getattr(self.model(ids), self.result)


class Masked(Only):
    """With the mask of ones that tokenizers return beside the tokens. Without one, GPT-2's masks use
    what the legacy exporter cannot write."""

    def forward(self, ids):
        return getattr(self.model(ids, attention_mask=torch.ones_like(ids)), self.result)


def bert_config():
    return BertConfig(
        vocab_size=VOCABULARY, hidden_size=48, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=96, max_position_embeddings=32, num_labels=5)


def bert(adapter=Only):
    return adapter(BertModel(bert_config()), "last_hidden_state")


def bert_classifier():
    """With a head, so that the stream, which is what BERT itself returns, can grow."""
    return Masked(BertForSequenceClassification(bert_config()), "logits")


def gpt2(adapter=Only):
    config = GPT2Config(
        vocab_size=VOCABULARY, n_positions=32, n_embd=48, n_layer=2, n_head=4, use_cache=False)
    return adapter(GPT2LMHeadModel(config), "logits")


NETWORKS = {
    "bert": bert, "bert_classifier": bert_classifier, "gpt2": gpt2,
    "bert_any_length": lambda: bert(Masked), "gpt2_any_length": lambda: gpt2(Masked),
}

# Whose exports leave the length of the text open too.
OF_ANY_LENGTH = ("bert_any_length", "gpt2_any_length")
OTHER_LENGTH = 9


def tokens(count, length=LENGTH):
    return torch.randint(0, VOCABULARY, (count, length))
