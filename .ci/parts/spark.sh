# Bulk scoring on Apache Spark.
# shellcheck shell=bash

has_java() { java -version 2>&1 | grep -qE 'version "(17|21|[3-9][0-9])'; }
need_java() { has_java || { install_debian openjdk-17-jre-headless && has_java; }; }
need_pyspark() {
  python3 -m venv "$work/spark" && "$work/spark/bin/python" -m pip install --quiet -r scripts/spark/requirements.txt
}

spark_tests() { (cd test/spark && "$work/spark/bin/python" -W ignore -m unittest -v "$@"); }

declare_part spark 150 'build java pyspark' 'score_pairs on a local Spark of two workers'
spark() { spark_tests test_scorer test_score_pairs && spark_example; }

# The two commands of scripts/spark/README.md, the second one on generated pairs.
spark_example() {
  node scripts/spark/some-pairs.mjs 100 >"$work/pairs.jsonl" &&
    "$work/spark/bin/python" scripts/spark/score_pairs.py --master 'local-cluster[2,1,1024]' \
      --input "$work/pairs.jsonl" --output "$work/scored.parquet" --scorer-command "node $PWD/dist/cli/main.js"
}

declare_part spark-kills 120 'build java pyspark' 'executor and scorer killed in mid-job'
spark_kills() { spark_tests test_kills; }
