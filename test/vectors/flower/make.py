"""Makes these partitions as users of Flower do: pip install "flwr-datasets==0.6.1" "datasets==4.8.5" pillow; python make.py DIR"""
import sys
import numpy as np, os, io
from datasets import Dataset, Features, Image, ClassLabel, Value, Array2D, Sequence
from flwr_datasets.partitioner import DirichletPartitioner, IidPartitioner
from PIL import Image as PI
OUT = sys.argv[1]
rng=np.random.default_rng(1)
os.makedirs(f"{OUT}",exist_ok=True)
imgs=[PI.fromarray(rng.integers(0,256,(8,8),dtype=np.uint8)) for _ in range(24)]
ds=Dataset.from_dict({"image":imgs,"label":[i%3 for i in range(24)]}).cast(Features({"image":Image(),"label":ClassLabel(names=["a","b","c"])}))
p=IidPartitioner(num_partitions=3); p.dataset=ds
for k in range(3): p.load_partition(k).save_to_disk(f"{OUT}/partition_{k}")
tab=Dataset.from_dict({"x1":rng.normal(size=20).tolist(),"x2":rng.integers(0,5,20).tolist(),"label":[i%2 for i in range(20)],"v":rng.normal(size=(20,3)).astype(np.float32).tolist()})
p=IidPartitioner(num_partitions=2); p.dataset=tab
os.makedirs(f"{OUT}/tables",exist_ok=True)
for k in range(2):
    part=p.load_partition(k); part.save_to_disk(f"{OUT}/tables/partition_{k}")
    part.to_parquet(f"{OUT}/tables/partition_{k}.parquet"); part.to_csv(f"{OUT}/tables/partition_{k}.csv")
