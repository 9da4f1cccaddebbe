"""pycocotools' side of the detection benchmark: mean average precision by the reference evaluator.

Reads one JSON object, {"cases": [{"categories", "images": [{"objects", "detections"}]}]}: of an object left, top, right,
bottom, category, crowd and ignored (0 or 1), of a detection left, top, right, bottom, category and score. Answers with
the version and of each case map, map50 (-1 over nothing), byCategory (map50, -1 for none) and seconds.
"""

import contextlib
import io
import json
import sys
import time
from importlib.metadata import version

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

# COCOeval ignores what lies outside the range of areas, which ends at 1e10: this is how an object that is no crowd is
# ignored. Its box stays as it is.
BEYOND_ALL_AREAS = 2e10


def corners_to_size(left, top, right, bottom):
    return [left, top, right - left, bottom - top]


def evaluate(case):
    truth = COCO()
    annotations = []
    detections = []
    for image, content in enumerate(case["images"], 1):
        for *corners, category, crowd, ignored in content["objects"]:
            box = corners_to_size(*corners)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image,
                    "category_id": category + 1,
                    "bbox": box,
                    "area": BEYOND_ALL_AREAS if ignored else box[2] * box[3],
                    "iscrowd": crowd,
                }
            )
        for *corners, category, score in content["detections"]:
            detections.append(
                {
                    "image_id": image,
                    "category_id": category + 1,
                    "bbox": corners_to_size(*corners),
                    "score": score,
                }
            )
    truth.dataset = {
        "info": {},
        "images": [{"id": image} for image in range(1, len(case["images"]) + 1)],
        "categories": [{"id": category + 1} for category in range(case["categories"])],
        "annotations": annotations,
    }
    truth.createIndex()
    if not detections:
        return {"map": -1.0 if not any_to_find(annotations) else 0.0, "map50": -1.0 if not any_to_find(annotations) else 0.0, "byCategory": []}
    began = time.perf_counter()
    evaluation = COCOeval(truth, truth.loadRes(detections), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    by_category = []
    for category in range(case["categories"]):
        precision = evaluation.eval["precision"][0, :, category, 0, 2]
        precision = precision[precision > -1]
        by_category.append(float(np.mean(precision)) if precision.size else -1.0)
    return {
        "map": float(evaluation.stats[0]),
        "map50": float(evaluation.stats[1]),
        "byCategory": by_category,
        "seconds": time.perf_counter() - began,
    }


def any_to_find(annotations):
    return any(one["iscrowd"] == 0 and one["area"] < BEYOND_ALL_AREAS for one in annotations)


cases = json.load(sys.stdin)["cases"]
with contextlib.redirect_stdout(io.StringIO()):
    answers = [evaluate(case) for case in cases]
print(json.dumps({"version": f"pycocotools {version('pycocotools')}", "answers": answers}))
