"""The desk (bàn tiếp nhận): stacks that a clerk works on before they are filed, and the counters' orders."""
